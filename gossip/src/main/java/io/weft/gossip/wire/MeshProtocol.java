package io.weft.gossip.wire;

import java.util.Set;

/** Numbers of the mesh protocol on TCP. */
public final class MeshProtocol {
  // By specification.

  /** Lowest version there is (mesh.md 1.3). */
  public static final int MIN_VERSION = 1;

  /** Highest version spoken (mesh.md 1.3). */
  public static final int MAX_VERSION = 2;

  /** Default TCP port (mesh.md 1.1). */
  public static final int DEFAULT_PORT = 6783;

  /** Largest message as on the wire, sealed (mesh.md 3). */
  public static final int MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

  /** Largest short id (mesh.md 1.6). */
  public static final int MAX_SHORT_ID = 4095;

  /** Keys of the feature map (mesh.md 1.6). */
  public static final String PEER_NAME_FLAVOUR = "PeerNameFlavour";

  /** See {@link #PEER_NAME_FLAVOUR}. */
  public static final String NAME = "Name";

  /** See {@link #PEER_NAME_FLAVOUR}. */
  public static final String NICK_NAME = "NickName";

  /** See {@link #PEER_NAME_FLAVOUR}. */
  public static final String UID = "UID";

  /** See {@link #PEER_NAME_FLAVOUR}. */
  public static final String CONNECTION_ID = "ConnID";

  /** See {@link #PEER_NAME_FLAVOUR}. */
  public static final String SHORT_ID = "ShortID";

  /** See {@link #PEER_NAME_FLAVOUR}. */
  public static final String TRUSTED = "Trusted";

  /** See {@link #PEER_NAME_FLAVOUR}. */
  public static final String OVERLAYS = "Overlays";

  /** The only flavour of names in Weave Net (mesh.md 10.1). */
  public static final String MAC_FLAVOUR = "mac";

  /** Carries the public key in version 1 (mesh.md 1.5). */
  static final String PUBLIC_KEY = "PublicKey";

  /** The keys that cross in version 1, besides the public key (mesh.md 1.5). */
  static final Set<String> VERSION_1_KEYS =
      Set.of(CONNECTION_ID, NAME, NICK_NAME, PEER_NAME_FLAVOUR, UID);

  /** Bytes of the protocol header (mesh.md 1.3). */
  static final int HEADER_BYTES = 7;

  /** Bytes in front of a message in version 2 (mesh.md 3). */
  static final int LENGTH_BYTES = 4;

  /** Time for the header (mesh.md 1.2). */
  static final long HEADER_TIMEOUT_NANOS = 10_000_000_000L;

  /** Time for keys and features together, counted from the header (mesh.md 1.2). */
  static final long HANDSHAKE_TIMEOUT_NANOS = 60_000_000_000L;

  /** Time for each complete message (mesh.md 1.7). */
  static final long READ_TIMEOUT_NANOS = 60_000_000_000L;

  /** First nonce byte of what the end that dialled seals (mesh.md 2.3). */
  static final int NONCE_DIALLER = 0xc0;

  /** First nonce byte of what the end that accepted seals (mesh.md 2.3). */
  static final int NONCE_ACCEPTOR = 0x40;

  // Our choice.

  /**
   * With {@link Extensions#PULSE}: time in which some byte must arrive. Three heartbeats, so that
   * one may be late; and before the kernel, which doubles its patience each time, tries for the
   * seventh time to send what was lost.
   */
  static final long PULSE_TIMEOUT_NANOS = 15_000_000_000L;

  /**
   * Largest feature map. Real ones have a few hundred bytes; a stranger must not make us hold a
   * message of the largest size before we know who it is (mesh.md 13, S8).
   */
  static final int MAX_FEATURES_BYTES = 64 * 1024;

  private MeshProtocol() {}
}
