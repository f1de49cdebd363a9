package io.weft.cni.plugin;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;

/**
 * What an attachment is known by (CNI specification, section 2): a container may have several
 * interfaces.
 *
 * @param containerId the runtime's id of the container
 * @param interfaceName name of the interface in the container
 */
record AttachmentKey(String containerId, String interfaceName) {
  /** Its addresses go by the container id alone, as with Weave Net. */
  private static final String USUAL_INTERFACE = "eth0";

  private static final String HOST_PREFIX = "vethwepl";
  private static final int HOST_ID_LENGTH = 7;

  /** The digits of base 36. */
  private static final int HOST_ID_RADIX = 36;

  /** Ids of containerd, Docker and CRI-O, whose first characters are random. */
  private static final Pattern RANDOM_ID = Pattern.compile("[0-9a-f]{32,}");

  /** The identity that the allocator knows it by; no container id has an at sign. */
  String identity() {
    return interfaceName.equals(USUAL_INTERFACE) ? containerId : containerId + "@" + interfaceName;
  }

  /** Name of the file that remembers it. */
  String fileName() {
    return containerId + "@" + interfaceName;
  }

  /**
   * Name of the host's end of its cable: Weave Net's where that tells containers apart, a hash
   * where the beginning of the id would not.
   */
  String hostInterfaceName() {
    boolean isPlain =
        RANDOM_ID.matcher(containerId).matches() && interfaceName.equals(USUAL_INTERFACE);
    return HOST_PREFIX + (isPlain ? containerId.substring(0, HOST_ID_LENGTH) : hash());
  }

  private String hash() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(fileName().getBytes(StandardCharsets.UTF_8));
      return new BigInteger(1, digest).toString(HOST_ID_RADIX).substring(0, HOST_ID_LENGTH);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
