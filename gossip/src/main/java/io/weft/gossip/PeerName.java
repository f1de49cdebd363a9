package io.weft.gossip;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A peer's name: 48 bits, printed like a MAC address (mesh.md 10.1). Zero is reserved for
 * "unknown".
 *
 * <p>Names order as unsigned integers, which for 48 bits is the order of {@code long}.
 *
 * @param value the six bytes as a big-endian number, 0 to 2^48-1
 */
public record PeerName(long value) implements Comparable<PeerName> {
  /** Bytes of a name on the wire. */
  public static final int BYTES = 6;

  /** The reserved name of nobody. */
  public static final PeerName UNKNOWN = new PeerName(0);

  private static final long MAX = (1L << 48) - 1;
  private static final int MAX_EXPLICIT_GROUPS = 4;
  private static final String DERIVATION_PREFIX = "9oBJ0Jmip-";
  private static final Pattern FULL = Pattern.compile("[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2}){5}");
  private static final Pattern PART = Pattern.compile("[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2}){0,3}");

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException when value does not fit 48 bits
   */
  public PeerName {
    if (value < 0 || value > MAX) {
      throw new IllegalArgumentException(
          "peer name out of range: 0x%x, at most 48 bits are accepted".formatted(value));
    }
  }

  /**
   * Reads a name as people write it: six groups of one or two hexadecimal digits, or up to four
   * groups and a {@code ::} that stands for the missing zero groups (mesh.md 10.1). Blanks in front
   * are ignored.
   *
   * @throws IllegalArgumentException with the text of mesh.md 12 when it is no name
   */
  public static PeerName parse(String text) {
    String trimmed = text.stripLeading();
    if (FULL.matcher(trimmed).matches()) {
      return new PeerName(groups(trimmed));
    }
    int gap = trimmed.indexOf("::");
    if (gap >= 0) {
      String front = trimmed.substring(0, gap);
      String back = trimmed.substring(gap + 2);
      int frontGroups = count(front);
      int backGroups = count(back);
      int groups = frontGroups + backGroups;
      if (frontGroups >= 0 && backGroups >= 0 && groups >= 1 && groups <= MAX_EXPLICIT_GROUPS) {
        return new PeerName((groups(front) << (8 * (BYTES - frontGroups))) | groups(back));
      }
    }
    throw new IllegalArgumentException("invalid peer name format: \"" + text + "\"");
  }

  /**
   * The name in six bytes of the wire.
   *
   * @throws IndexOutOfBoundsException when fewer than six bytes are there
   */
  public static PeerName ofBytes(byte[] bytes, int offset) {
    Objects.checkFromIndexSize(offset, BYTES, bytes.length);
    long value = 0;
    for (int i = 0; i < BYTES; i++) {
      value = (value << 8) | (bytes[offset + i] & 0xff);
    }
    return new PeerName(value);
  }

  /**
   * The name in exactly six bytes.
   *
   * @throws IllegalArgumentException when there are more or fewer
   */
  public static PeerName ofBytes(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("peer name of " + bytes.length + " bytes instead of 6");
    }
    return ofBytes(bytes, 0);
  }

  /**
   * The name derived from the identity of a host (mesh.md 10.3).
   *
   * @param machineId raw content of the machine-id file, with its newline; empty when there is none
   * @param productUuid raw content of the product UUID file, likewise
   */
  public static PeerName fromHostIds(byte[] machineId, byte[] productUuid) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    digest.update(DERIVATION_PREFIX.getBytes(StandardCharsets.US_ASCII));
    digest.update(machineId);
    byte[] hash = digest.digest(productUuid);
    // A locally administered unicast address, since the bridge gets it as its MAC.
    hash[0] = (byte) ((hash[0] & 0xfe) | 0x02);
    return ofBytes(hash, 0);
  }

  /** The six bytes of the wire. */
  public byte[] toBytes() {
    byte[] bytes = new byte[BYTES];
    putInto(bytes, 0);
    return bytes;
  }

  /** Writes the six bytes of the wire into an array. */
  public void putInto(byte[] target, int offset) {
    Objects.checkFromIndexSize(offset, BYTES, target.length);
    for (int i = 0; i < BYTES; i++) {
      target[offset + i] = (byte) (value >>> (8 * (BYTES - 1 - i)));
    }
  }

  /** Writes the six bytes of the wire at the buffer's position. */
  public void putInto(ByteBuffer target) {
    target.putShort((short) (value >>> 32)).putInt((int) value);
  }

  /** Number of groups in a part of a name, or -1 when it is malformed. */
  private static int count(String part) {
    if (part.isEmpty()) {
      return 0;
    }
    return PART.matcher(part).matches() ? 1 + (int) part.chars().filter(c -> c == ':').count() : -1;
  }

  private static long groups(String part) {
    long result = 0;
    int octet = 0;
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if (c == ':') {
        result = (result << 8) | octet;
        octet = 0;
      } else {
        octet = (octet << 4) | Character.digit(c, 16);
      }
    }
    return (result << 8) | octet;
  }

  /** The name as six lower-case hexadecimal groups with colons. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(17);
    for (int shift = 40; shift >= 0; shift -= 8) {
      int octet = (int) (value >>> shift) & 0xff;
      text.append(Character.forDigit(octet >> 4, 16)).append(Character.forDigit(octet & 15, 16));
      if (shift > 0) {
        text.append(':');
      }
    }
    return text.toString();
  }

  @Override
  public int compareTo(PeerName other) {
    return Long.compare(value, other.value);
  }
}
