package io.weft.gossip.wire;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is the same for every mesh connection of a router.
 *
 * @param minVersion lowest protocol version accepted, 1 or 2
 * @param maxVersion highest protocol version spoken, 1 or 2
 * @param password UTF-8 bytes, or null for plain connections; never empty
 * @param localFeatures our feature map for a connection with the given remote address, without
 *     {@code ConnID}, which each connection chooses; called on the thread of the connection
 */
public record MeshConnectionParameters(
    int minVersion,
    int maxVersion,
    byte @Nullable [] password,
    Function<InetSocketAddress, Map<String, String>> localFeatures) {
  /** Checks the versions and the password. */
  public MeshConnectionParameters(
      int minVersion,
      int maxVersion,
      byte @Nullable [] password,
      Function<InetSocketAddress, Map<String, String>> localFeatures) {
    if (minVersion < MeshProtocol.MIN_VERSION
        || maxVersion > MeshProtocol.MAX_VERSION
        || minVersion > maxVersion) {
      throw new IllegalArgumentException(
          "protocol versions %d to %d are not within 1 to 2".formatted(minVersion, maxVersion));
    }
    if (password != null && password.length == 0) {
      throw new IllegalArgumentException("an empty password means none, pass null");
    }
    this.minVersion = minVersion;
    this.maxVersion = maxVersion;
    this.password = password;
    this.localFeatures = localFeatures;
  }
}
