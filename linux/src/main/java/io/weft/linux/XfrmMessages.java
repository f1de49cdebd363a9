package io.weft.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Builds and reads the messages of {@link Xfrm}; overlay.md C.8.4 says what is in them. */
final class XfrmMessages {
  /** AES-256 in Galois/counter mode as ESP uses it (RFC 4106). */
  private static final String ALGORITHM = "rfc4106(gcm(aes))";

  private static final int ICV_BITS = 128;
  private static final int REPLAY_WINDOW = 256;
  private static final int IPV4_BITS = 32;

  private static final int STATE_DESTINATION = XfrmProtocol.SELECTOR_BYTES;
  private static final int STATE_SPI = STATE_DESTINATION + XfrmProtocol.ADDRESS_BYTES;
  private static final int STATE_PROTOCOL = STATE_SPI + Integer.BYTES;
  private static final int STATE_SOURCE = STATE_PROTOCOL + Integer.BYTES;
  private static final int STATE_REQUEST_ID = 208;
  private static final int POLICY_DIRECTION = 160;
  private static final int TEMPLATE_SPI = XfrmProtocol.ADDRESS_BYTES;
  private static final int TEMPLATE_REQUEST_ID = 44;

  private XfrmMessages() {}

  static NetlinkRequest allocateSpi(Ipv4Address source, Ipv4Address destination, int requestId) {
    NetlinkRequest request = new NetlinkRequest(XfrmProtocol.XFRM_MSG_ALLOCSPI, 0);
    state(request, new XfrmState(source, destination, 0, requestId), 0);
    return request.word(XfrmState.LEAST_SPI).word(~0);
  }

  /**
   * Installs a state.
   *
   * @param type XFRM_MSG_NEWSA, or XFRM_MSG_UPDSA for one whose SPI is allocated
   * @param keyMaterial key, then the four bytes of the salt
   */
  static NetlinkRequest install(int type, XfrmState state, byte[] keyMaterial) {
    NetlinkRequest request = new NetlinkRequest(type, 0);
    state(request, state, XfrmProtocol.XFRM_STATE_ESN);
    int aead = request.begin(XfrmProtocol.XFRMA_ALG_AEAD);
    byte[] name =
        Arrays.copyOf(
            ALGORITHM.getBytes(StandardCharsets.US_ASCII), XfrmProtocol.ALGORITHM_NAME_BYTES);
    request.bytes(name).word(keyMaterial.length * Byte.SIZE).word(ICV_BITS).bytes(keyMaterial);
    request.end(aead);
    int replay = request.begin(XfrmProtocol.XFRMA_REPLAY_ESN_VAL);
    int words = REPLAY_WINDOW / Integer.SIZE;
    request.word(words).word(0).word(0).word(0).word(0).word(REPLAY_WINDOW);
    request.zeros(words * Integer.BYTES);
    return request.end(replay);
  }

  static NetlinkRequest deleteState(XfrmState state) {
    NetlinkRequest request = new NetlinkRequest(XfrmProtocol.XFRM_MSG_DELSA, 0);
    address(request, state.destination());
    return request
        .word(Sockaddr.network(state.spi()))
        .half(SocketConstants.AF_INET)
        .bytes(XfrmProtocol.IPPROTO_ESP, 0);
  }

  static NetlinkRequest listStates() {
    return new NetlinkRequest(XfrmProtocol.XFRM_MSG_GETSA, 0);
  }

  /** Makes a policy or takes the place of the one with its addresses and mark. */
  static NetlinkRequest putPolicy(XfrmPolicy policy) {
    NetlinkRequest request = new NetlinkRequest(XfrmProtocol.XFRM_MSG_UPDPOLICY, 0);
    selector(request, policy.source(), policy.destination());
    lifetime(request);
    // No priority, no index, and the action ALLOW.
    request.word(0).word(0).bytes(XfrmProtocol.XFRM_POLICY_OUT, 0, 0, 0).word(0);
    int template = request.begin(XfrmProtocol.XFRMA_TMPL);
    address(request, policy.destination());
    request
        .word(Sockaddr.network(policy.spi()))
        .bytes(XfrmProtocol.IPPROTO_ESP, 0, 0, 0)
        .half(SocketConstants.AF_INET)
        .half(0);
    address(request, policy.source());
    request
        .word(policy.requestId())
        .bytes(XfrmProtocol.XFRM_MODE_TRANSPORT, 0, 0, 0)
        .word(~0)
        .word(~0)
        .word(~0);
    request.end(template);
    return mark(request, policy.mark());
  }

  static NetlinkRequest policy(
      int type, Ipv4Address source, Ipv4Address destination, int packetMark) {
    NetlinkRequest request = new NetlinkRequest(type, 0);
    selector(request, source, destination);
    request.word(0).bytes(XfrmProtocol.XFRM_POLICY_OUT, 0, 0, 0);
    return mark(request, packetMark);
  }

  static NetlinkRequest listPolicies() {
    return new NetlinkRequest(XfrmProtocol.XFRM_MSG_GETPOLICY, 0);
  }

  /** Reads a state; empty if it is none of ESP. */
  static Optional<XfrmState> readState(ByteBuffer structure, NetlinkAttributes attributes) {
    if (structure.get(STATE_PROTOCOL) != XfrmProtocol.IPPROTO_ESP) {
      return Optional.empty();
    }
    return Optional.of(
        new XfrmState(
            addressAt(structure, STATE_SOURCE),
            addressAt(structure, STATE_DESTINATION),
            Sockaddr.network(structure.getInt(STATE_SPI)),
            structure.getInt(STATE_REQUEST_ID)));
  }

  /** Reads a policy; empty if it is none of those that {@link #putPolicy} makes. */
  static Optional<XfrmPolicy> readPolicy(ByteBuffer structure, NetlinkAttributes attributes) {
    ByteBuffer template = attributes.buffer(XfrmProtocol.XFRMA_TMPL);
    if (structure.get(POLICY_DIRECTION) != XfrmProtocol.XFRM_POLICY_OUT
        || template.capacity() != XfrmProtocol.TEMPLATE_BYTES
        || template.get(TEMPLATE_SPI + Integer.BYTES) != XfrmProtocol.IPPROTO_ESP) {
      return Optional.empty();
    }
    return Optional.of(
        new XfrmPolicy(
            addressAt(structure, XfrmProtocol.ADDRESS_BYTES),
            addressAt(structure, 0),
            attributes.integer(XfrmProtocol.XFRMA_MARK, 0),
            Sockaddr.network(template.getInt(TEMPLATE_SPI)),
            template.getInt(TEMPLATE_REQUEST_ID)));
  }

  /** Appends a {@code struct xfrm_usersa_info} whose selector takes every packet. */
  private static void state(NetlinkRequest request, XfrmState state, int flags) {
    request.zeros(XfrmProtocol.SELECTOR_BYTES);
    address(request, state.destination());
    request.word(Sockaddr.network(state.spi())).bytes(XfrmProtocol.IPPROTO_ESP, 0, 0, 0);
    address(request, state.source());
    lifetime(request);
    request.zeros(XfrmProtocol.STATS_BYTES).word(0).word(state.requestId());
    // The window is told by an attribute, as this field has no room for it.
    request.half(SocketConstants.AF_INET).bytes(XfrmProtocol.XFRM_MODE_TRANSPORT, 0, flags);
    request.zeros(XfrmProtocol.STATE_BYTES - STATE_REQUEST_ID - 9);
  }

  private static void selector(
      NetlinkRequest request, Ipv4Address source, Ipv4Address destination) {
    address(request, destination);
    address(request, source);
    // Any port: what is meant is told by the mark.
    request.zeros(2 * Integer.BYTES);
    request.half(SocketConstants.AF_INET).bytes(IPV4_BITS, IPV4_BITS, XfrmProtocol.IPPROTO_UDP);
    request.bytes(0, 0, 0).word(0).word(0);
  }

  /** Appends {@code struct xfrm_lifetime_cfg} without an end, and nothing used of it yet. */
  private static void lifetime(NetlinkRequest request) {
    for (int limit = 0; limit < 4; limit++) {
      request.longWord(XfrmProtocol.XFRM_INF);
    }
    for (int time = 0; time < 4; time++) {
      request.longWord(0);
    }
    request.zeros(XfrmProtocol.LIFETIME_NOW_BYTES);
  }

  private static NetlinkRequest mark(NetlinkRequest request, int mark) {
    int start = request.begin(XfrmProtocol.XFRMA_MARK);
    return request.word(mark).word(mark).end(start);
  }

  private static void address(NetlinkRequest request, Ipv4Address address) {
    request.word(Sockaddr.network(address.value()));
    request.zeros(XfrmProtocol.ADDRESS_BYTES - Integer.BYTES);
  }

  private static Ipv4Address addressAt(ByteBuffer structure, int offset) {
    return new Ipv4Address(Sockaddr.network(structure.getInt(offset)));
  }
}
