/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs use of the kernel's interface (linux/bpf.h, linux/pkt_cls.h), and nothing else,
 * so that a build needs no kernel headers and gives the same octets everywhere. All of it is stable
 * user-space interface: the kernel rewrites the accesses to struct __sk_buff when it loads a program.
 *
 * The machine is little-endian, as all are that this runs on.
 */
#ifndef HNV_KERNEL_H
#define HNV_KERNEL_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;

_Static_assert(sizeof(u64) == 8 && sizeof(u32) == 4 && sizeof(u16) == 2, "integer sizes");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "built with -target bpfel");

#define INLINE static inline __attribute__((always_inline))
#define SECTION(name) __attribute__((section(name), used))

/* An object of a type at an offset from a pointer; packets are not aligned. */
#define AT(type, pointer, offset) (*(type *)((u8 *)(pointer) + (offset)))

/* Read exactly once: others write there meanwhile. */
#define ONCE(x) (*(const volatile __typeof__(x) *)&(x))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Numbers of the wire, and offsets into the kernel's own: between network order and the machine's. */
#define ntohs(x) __builtin_bswap16(x)
#define htons(x) __builtin_bswap16(x)
#define ntohl(x) __builtin_bswap32(x)
#define htonl(x) __builtin_bswap32(x)

/* Verdicts of a tc program, the same at tcx and at clsact with direct action. */
enum {
	NEXT = -1,
	DROP = 2,
};

struct __sk_buff {
	u32 len;
	u32 pkt_type;
	u32 mark;
	u32 queue_mapping;
	u32 protocol;
	u32 vlan_present;
	u32 vlan_tci;
	u32 vlan_proto;
	u32 priority;
	u32 ingress_ifindex;
	u32 ifindex;
	u32 tc_index;
	u32 cb[5];
	u32 hash;
	u32 tc_classid;
	u32 data;
	u32 data_end;
	u32 napi_id;
	u32 socket[12];
	u32 data_meta;
	u64 flow_keys;
	u64 tstamp;
	u32 wire_len;
	u32 gso_segs;
	u64 sk;
	u32 gso_size;
};

_Static_assert(__builtin_offsetof(struct __sk_buff, data) == 76, "struct __sk_buff");
_Static_assert(__builtin_offsetof(struct __sk_buff, gso_size) == 176, "struct __sk_buff");

/*
 * First octet of the frame, and one past the last that lies in place (others lie in pages). Loaded by
 * an instruction of its own each time: the compiler would widen the 32 bits that it sees, and a
 * pointer that has been calculated with is none to the verifier.
 */
#define POINTER_IN(skb, field)                                                                     \
	({                                                                                         \
		u8 *pointer_;                                                                      \
		asm volatile("%0 = *(u32 *)(%1 + %2)"                                              \
			     : "=r"(pointer_)                                                      \
			     : "r"(skb), "i"(__builtin_offsetof(struct __sk_buff, field)));        \
		pointer_;                                                                          \
	})

INLINE u8 *frame_start(const struct __sk_buff *skb)
{
	return POINTER_IN(skb, data);
}

INLINE u8 *frame_end(const struct __sk_buff *skb)
{
	return POINTER_IN(skb, data_end);
}

/*
 * The same number, of which the verifier knows nothing any more: written to scratch words of the frame's
 * metadata and read back. It walks each combination of constants by itself, and what follows a
 * parser would be walked for each way through it; so parsers pass their findings on like this.
 *
 * slot: one per value that is in use at the same time, 0 to 4
 */
#define FORGET(skb, slot, value)                                                                   \
	({                                                                                         \
		*(volatile u32 *)&(skb)->cb[slot] = (value);                                       \
		*(volatile u32 *)&(skb)->cb[slot];                                                 \
	})

static void *(*const bpf_map_lookup_elem)(const void *map, const void *key) = (void *)1;
static long (*const bpf_map_update_elem)(void *map, const void *key, const void *value,
					 u64 flags) = (void *)2;
static long (*const bpf_l4_csum_replace)(struct __sk_buff *skb, u32 offset, u64 from, u64 to,
					 u64 flags) = (void *)11;
static long (*const bpf_clone_redirect)(struct __sk_buff *skb, u32 ifindex, u64 flags) = (void *)13;
static long (*const bpf_skb_vlan_push)(struct __sk_buff *skb, u16 protocol, u16 tci) = (void *)18;
static long (*const bpf_skb_vlan_pop)(struct __sk_buff *skb) = (void *)19;
static long (*const bpf_redirect)(u32 ifindex, u64 flags) = (void *)23;
static long (*const bpf_skb_load_bytes)(const struct __sk_buff *skb, u32 offset, void *to,
					u32 length) = (void *)26;
static long (*const bpf_skb_change_proto)(struct __sk_buff *skb, u16 protocol, u64 flags) = (void *)31;
static long (*const bpf_skb_change_tail)(struct __sk_buff *skb, u32 length, u64 flags) = (void *)38;
static long (*const bpf_skb_pull_data)(struct __sk_buff *skb, u32 length) = (void *)39;
static s64 (*const bpf_csum_update)(struct __sk_buff *skb, u32 difference) = (void *)40;
static long (*const bpf_skb_adjust_room)(struct __sk_buff *skb, int octets, u32 mode,
					 u64 flags) = (void *)50;
static u64 (*const bpf_jiffies64)(void) = (void *)118;
static long (*const bpf_redirect_peer)(u32 ifindex, u64 flags) = (void *)155;
static u64 (*const bpf_ktime_get_coarse_ns)(void) = (void *)160;

/* Flags of bpf_l4_csum_replace. */
#define PSEUDO_HEADER (1ULL << 4)
#define ZERO_IS_NO_CHECKSUM (1ULL << 5)

/* Of bpf_skb_adjust_room: room between the MAC header and what follows it. */
#define ROOM_BEHIND_MAC 1
#define ROOM_FIXED_GSO (1ULL << 0)
#define ROOM_ENCAP_L3_IPV4 (1ULL << 1)
#define ROOM_ENCAP_L3_IPV6 (1ULL << 2)
#define ROOM_ENCAP_L4_GRE (1ULL << 3)
#define ROOM_ENCAP_L4_UDP (1ULL << 4)
#define ROOM_ENCAP_L2_ETH (1ULL << 6)
#define ROOM_DECAP_L3_IPV4 (1ULL << 7)
#define ROOM_DECAP_L3_IPV6 (1ULL << 8)
#define ROOM_ENCAP_L2(octets) ((u64)(octets) << 56)

#define EINVAL 22

#endif
