package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a peer (mesh.md 6.1). Changed by the topology alone; conductor thread only.
 *
 * <p>A placeholder, known only because somebody lists a connection to it, has UID and version 0 and
 * nothing else.
 */
public final class Peer {
  private final PeerName name;
  private final SortedMap<PeerName, Connection> connections = new TreeMap<>();
  private String nickName = "";
  private long uid;
  private long version;
  private @Nullable Integer shortId;
  private int localReferences;

  /** A placeholder. */
  Peer(PeerName name) {
    this.name = name;
  }

  /** The peer's name. */
  public PeerName name() {
    return name;
  }

  /** What people call its host; any text, unchecked. */
  public String nickName() {
    return nickName;
  }

  /** Unsigned 64 bits, fresh for each start of its process; 0 for a placeholder. */
  public long uid() {
    return uid;
  }

  /** Unsigned 64 bits, raised by the peer itself with each change. */
  public long version() {
    return version;
  }

  /** 0 to 4095, or null when it has none. */
  public @Nullable Integer shortId() {
    return shortId;
  }

  /** Its connections as it announces them, in order of the remote's name; a live view. */
  public SortedMap<PeerName, Connection> connections() {
    return Collections.unmodifiableSortedMap(connections);
  }

  void describe(String newNickName, long newUid, long newVersion) {
    nickName = newNickName;
    uid = newUid;
    version = newVersion;
  }

  void setVersion(long newVersion) {
    version = newVersion;
  }

  void setShortId(@Nullable Integer newShortId) {
    shortId = newShortId;
  }

  void putConnection(Connection connection) {
    connections.put(connection.remote(), connection);
  }

  void removeConnection(PeerName remote) {
    connections.remove(remote);
  }

  void replaceConnections(Collection<Connection> replacement) {
    connections.clear();
    for (Connection connection : replacement) {
      connections.put(connection.remote(), connection);
    }
  }

  void addReference() {
    localReferences++;
  }

  void dropReference() {
    localReferences--;
  }

  boolean isReferenced() {
    return localReferences > 0;
  }
}
