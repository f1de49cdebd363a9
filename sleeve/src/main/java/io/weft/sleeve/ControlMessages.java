package io.weft.sleeve;

/** Bodies of control messages (overlay.md A.3); those of sub-tags 1 and 2 are empty. */
final class ControlMessages {
  /** Result of {@link #verifiedMtu} for a body that is too short. */
  static final int NONE = -1;

  private ControlMessages() {}

  /** The body of sub-tag 3; an MTU of 0 to 65535. */
  static byte[] mtuVerified(int overlayMtu) {
    return new byte[] {(byte) (overlayMtu >>> 8), (byte) overlayMtu};
  }

  /** The MTU in a body of sub-tag 3, or {@link #NONE}; bytes behind it are ignored. */
  static int verifiedMtu(byte[] body) {
    return body.length < 2 ? NONE : (body[0] & 0xff) << 8 | (body[1] & 0xff);
  }
}
