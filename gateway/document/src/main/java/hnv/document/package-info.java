// SPDX-License-Identifier: Apache-2.0

/// Policy documents: JSON to model and back.
///
/// {@link hnv.document.PolicyDocuments} is the door. A document is read resource by resource: a
/// {@code JsonTree} of one resource at a time, taken apart by the {@code Fields} of its objects,
/// which know from a {@code Vocabulary} what each property is for. The shape is that of Network
/// Controller; `docs/policy.md` describes it.
package hnv.document;
