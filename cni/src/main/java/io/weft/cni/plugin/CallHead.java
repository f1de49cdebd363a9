package io.weft.cni.plugin;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The first bytes of a call (docs/cni.md, The exchange).
 *
 * @param environmentBytes length of the environment, 1 to 65536
 * @param configurationBytes length of the configuration, 0 to 1048576
 */
record CallHead(int environmentBytes, int configurationBytes) {
  static final int BYTES = 16;

  private static final byte[] MARK = "WEFTCNI1".getBytes(StandardCharsets.US_ASCII);
  private static final int ENVIRONMENT_BYTES_MAX = 64 << 10;
  private static final int CONFIGURATION_BYTES_MAX = 1 << 20;

  /**
   * Reads a head.
   *
   * @param bytes as many as {@link #BYTES}
   * @throws IOException if it is not that of our program
   */
  static CallHead parse(byte[] bytes) throws IOException {
    ByteBuffer lengths = ByteBuffer.wrap(bytes, MARK.length, 2 * Integer.BYTES);
    CallHead head = new CallHead(lengths.getInt(), lengths.getInt());
    boolean isOurs = Arrays.equals(bytes, 0, MARK.length, MARK, 0, MARK.length);
    if (!isOurs
        || head.environmentBytes < 1
        || head.environmentBytes > ENVIRONMENT_BYTES_MAX
        || head.configurationBytes < 0
        || head.configurationBytes > CONFIGURATION_BYTES_MAX) {
      throw new IOException("it does not speak our protocol");
    }
    return head;
  }
}
