package io.weft.gossip;

import java.util.List;

/**
 * How a mesh is set up; fixed for the life of the router.
 *
 * @param name our name, not {@link PeerName#UNKNOWN}
 * @param nickName what people call this host; any text
 * @param uid random, not zero, fresh for each start of the process (mesh.md 6.1)
 * @param password whether a password is set, so that data planes are sealed unless mutually trusted
 * @param port TCP port of this mesh, used for targets and discovered peers without one
 * @param discovery whether addresses learnt from other peers are dialled too
 * @param connectionLimit most connections at a time; 0 for no limit (mesh.md 6.6)
 * @param trustedSubnets remote addresses toward which the data plane may stay plain (mesh.md 9.6)
 * @param extensions whether extensions of the protocol are announced and used; false makes a router
 *     that Weave Net could have made
 */
public record MeshConfig(
    PeerName name,
    String nickName,
    long uid,
    boolean password,
    int port,
    boolean discovery,
    int connectionLimit,
    List<Subnet> trustedSubnets,
    boolean extensions) {
  /** With extensions. */
  public MeshConfig(
      PeerName name,
      String nickName,
      long uid,
      boolean password,
      int port,
      boolean discovery,
      int connectionLimit,
      List<Subnet> trustedSubnets) {
    this(name, nickName, uid, password, port, discovery, connectionLimit, trustedSubnets, true);
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException when a value is outside its range
   */
  public MeshConfig {
    if (name.equals(PeerName.UNKNOWN)) {
      throw new IllegalArgumentException("the peer name %s is reserved".formatted(name));
    }
    if (uid == 0) {
      throw new IllegalArgumentException("the UID is 0, which means unknown");
    }
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port %d is not in 1 to 65535".formatted(port));
    }
    if (connectionLimit < 0) {
      throw new IllegalArgumentException(
          "connection limit %d is negative; 0 means none".formatted(connectionLimit));
    }
    trustedSubnets = List.copyOf(trustedSubnets);
  }
}
