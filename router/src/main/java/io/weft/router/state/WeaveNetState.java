package io.weft.router.state;

import io.weft.gossip.PeerName;
import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import io.weft.gossip.gob.GobType;
import io.weft.gossip.gob.GobValue;
import io.weft.ipam.CorruptStateException;
import io.weft.ipam.PersistedState;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a Weave Net router has left behind: its database (ipam.md 7), as our state. Stateless. */
final class WeaveNetState {
  private static final String BUCKET = "top";
  private static final String VERSION = "version";
  private static final String NAME = "peername";
  private static final String RING = "ring";
  private static final String OWNED = "ownedAddresses";
  private static final String TARGETS = "directPeers";
  private static final int MAJOR_VERSION = 1;
  private static final int NAME_BITS = Byte.SIZE * PeerName.BYTES;

  private WeaveNetState() {}

  /**
   * Reads the database. Without a name or a ring there is no state of the allocator.
   *
   * @throws StateException when any of it cannot be read; the message lacks the file's name
   */
  static StoredState read(byte[] database) throws StateException {
    Map<String, byte[]> values =
        BoltFile.read(database, BUCKET, Set.of(VERSION, NAME, RING, OWNED, TARGETS));
    byte[] version = values.getOrDefault(VERSION, new byte[] {MAJOR_VERSION, 0});
    if (version.length != 2 || version[0] != MAJOR_VERSION) {
      throw new StateException(
          "mismatched version of the database of Weave Net: %s, %d.x is read"
              .formatted(Arrays.toString(version), MAJOR_VERSION));
    }
    try {
      StoredState state = StoredState.EMPTY.withTargets(targets(values.get(TARGETS)));
      byte[] name = values.get(NAME);
      byte[] ring = values.get(RING);
      if (name == null) {
        return state;
      }
      state = state.withPeerName(new PeerName(new GobReader(name).readUint(NAME_BITS)));
      return ring == null
          ? state
          : state.withIpam(
              PersistedState.ofWeaveNet(name, ring, values.getOrDefault(OWNED, new byte[0]))
                  .encode());
    } catch (GobException | CorruptStateException e) {
      throw new StateException(
          "a value in the database of Weave Net cannot be read: " + e.getMessage(), e);
    }
  }

  private static List<String> targets(byte @Nullable [] value) throws GobException {
    return value == null
        ? List.of()
        : new GobReader(value)
            .readSlice(GobType.slice("", GobType.STRING)).stream().map(GobValue::asText).toList();
  }
}
