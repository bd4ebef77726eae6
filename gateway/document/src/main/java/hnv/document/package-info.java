// SPDX-License-Identifier: Apache-2.0

/// Policy documents: JSON to model and back.
package hnv.document;
