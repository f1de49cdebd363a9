package io.weft.linux;

/** Numbers and sizes of the kernel's XFRM interface, from its user-space headers. */
final class XfrmProtocol {
  static final int NETLINK_XFRM = 6;

  static final int XFRM_MSG_NEWSA = 0x10;
  static final int XFRM_MSG_DELSA = 0x11;
  static final int XFRM_MSG_GETSA = 0x12;
  static final int XFRM_MSG_NEWPOLICY = 0x13;
  static final int XFRM_MSG_DELPOLICY = 0x14;
  static final int XFRM_MSG_GETPOLICY = 0x15;
  static final int XFRM_MSG_ALLOCSPI = 0x16;
  static final int XFRM_MSG_UPDPOLICY = 0x19;
  static final int XFRM_MSG_UPDSA = 0x1A;

  static final int XFRMA_TMPL = 5;
  static final int XFRMA_ALG_AEAD = 18;
  static final int XFRMA_MARK = 21;
  static final int XFRMA_REPLAY_ESN_VAL = 23;

  static final int XFRM_MODE_TRANSPORT = 0;
  static final int XFRM_POLICY_OUT = 1;
  static final int XFRM_STATE_ESN = 0x80;
  static final long XFRM_INF = ~0L;

  static final int IPPROTO_UDP = 17;
  static final int IPPROTO_ESP = 50;

  /** Bytes of {@code xfrm_address_t}, of which an IPv4 address takes the first four. */
  static final int ADDRESS_BYTES = 16;

  /** Bytes of {@code struct xfrm_selector}. */
  static final int SELECTOR_BYTES = 56;

  /** Bytes of {@code struct xfrm_lifetime_cur}. */
  static final int LIFETIME_NOW_BYTES = 32;

  /** Bytes of {@code struct xfrm_stats}. */
  static final int STATS_BYTES = 12;

  /** Bytes of {@code struct xfrm_usersa_info}. */
  static final int STATE_BYTES = 224;

  /** Bytes of {@code struct xfrm_userpolicy_info}. */
  static final int POLICY_BYTES = 168;

  /** Bytes of {@code struct xfrm_user_tmpl}. */
  static final int TEMPLATE_BYTES = 64;

  /** Bytes of the name in {@code struct xfrm_algo_aead}. */
  static final int ALGORITHM_NAME_BYTES = 64;

  private XfrmProtocol() {}
}
