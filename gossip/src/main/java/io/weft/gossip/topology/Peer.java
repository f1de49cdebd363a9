package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a peer (mesh.md 6.1). Changed by the topology alone; conductor thread only.
 *
 * <p>A placeholder, known only because somebody lists a connection to it, has UID and version 0 and
 * nothing else.
 */
public final class Peer {
  private final PeerName name;
  private final ChangeLog changes = new ChangeLog();
  private ConnectionList connections = ConnectionList.NONE;
  private String nickName = "";
  private long uid;
  private long version;
  private @Nullable Integer shortId;
  private int localReferences;

  /** See {@link #edition()}. */
  private int edition;

  /** Whether all connections of this version are kept; false when they were too many. */
  private boolean complete = true;

  /** The version at the last {@link #forgetOldChanges}. */
  private long sweptVersion;

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

  /** Its connections as it announces them. */
  public ConnectionList connections() {
    return connections;
  }

  /** Whether it is known only as the remote of somebody's connection. */
  boolean isPlaceholder() {
    return uid == 0;
  }

  /** Whether its record can be passed on: nothing of it was left out here. */
  boolean isComplete() {
    return complete;
  }

  void markIncomplete() {
    complete = false;
    changes.restart(version);
  }

  /** Names, by value, of the remotes whose connections changed after a version; null if unknown. */
  long @Nullable [] changesSince(long base) {
    return complete && changes.reaches(base) ? changes.since(base) : null;
  }

  /** Sets who it is; what changed before in its connections is forgotten. */
  void describe(String newNickName, long newUid, long newVersion) {
    nickName = newNickName;
    uid = newUid;
    version = newVersion;
    edition++;
    changes.restart(newVersion);
  }

  /**
   * Takes over a newer record.
   *
   * @param mentioned names whose connections changed meanwhile, perhaps there and back; null when
   *     that is not known, so that the difference from an older version cannot be told any more
   */
  void accept(PeerRecord newer, long @Nullable [] mentioned) {
    nickName = newer.nickName();
    uid = newer.uid();
    version = newer.version();
    connections = newer.connections();
    edition++;
    complete = true;
    if (mentioned == null) {
      changes.restart(version);
    } else {
      changes.note(version, mentioned, connections.size());
    }
  }

  void setVersion(long newVersion) {
    version = newVersion;
    edition++;
  }

  void setShortId(@Nullable Integer newShortId) {
    shortId = newShortId;
    edition++;
  }

  void putConnection(Connection connection) {
    replaceConnections(connections.with(connection));
  }

  void replaceConnections(Collection<Connection> replacement) {
    replaceConnections(ConnectionList.of(replacement));
  }

  /** Sets the connections that the present version has. */
  void replaceConnections(ConnectionList replacement) {
    long[] changed = replacement.changesSince(connections);
    if (changed.length > 0) {
      connections = replacement;
      edition++;
      changes.note(version, changed, replacement.size());
    }
  }

  /** Another number whenever a payload says something else of the peer. */
  int edition() {
    return edition;
  }

  /** Forgets what has changed when nothing did since the last time: at rest nobody asks for it. */
  void forgetOldChanges() {
    if (version == sweptVersion) {
      changes.restart(version);
    }
    sweptVersion = version;
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
