package io.weft.fastpath;

import io.weft.linux.BpfMap;
import io.weft.linux.BpfObject;
import io.weft.linux.LinuxException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The maps of {@link BesideBridge}; beside.h has the same layout, a test compares the two. */
final class BesideTables implements AutoCloseable {
  static final int PLACES = 65_536;

  private static final System.Logger LOGGER = System.getLogger(BesideTables.class.getName());
  private static final int PLACE_BYTES = 16;
  private static final int REMOTE_OFFSET = 12;

  private final BpfMap places;
  private final BpfMap counters;
  private final int cpus;
  private final ByteBuffer mac = buffer(Long.BYTES);
  private final ByteBuffer place = buffer(PLACE_BYTES);

  private BesideTables(BpfMap places, BpfMap counters) throws IOException {
    this.places = places;
    this.counters = counters;
    cpus = BpfMap.possibleCpus();
  }

  /**
   * The maps of a loaded object.
   *
   * @param tapIndex interface index of the TAP interface
   */
  static BesideTables of(BpfObject object, int tapIndex) throws IOException {
    try (BpfMap tap = object.map("beside_tap")) {
      tap.put(buffer(Integer.BYTES), buffer(Integer.BYTES).putInt(0, tapIndex));
    }
    BpfMap places = object.map("beside_places");
    try {
      return new BesideTables(places, object.map("beside_counters"));
    } catch (IOException e) {
      places.close();
      throw e;
    }
  }

  /** An address has an owner now, not yet seen anywhere. Conductor thread. */
  void put(long address, boolean remote) {
    try {
      places.put(mac.putLong(0, address), place.putInt(REMOTE_OFFSET, remote ? 1 : 0));
    } catch (LinuxException e) {
      LOGGER.log(Level.DEBUG, "frames of an address pass the bridge", e);
      // By an owner that it had before they must not go.
      remove(address);
    }
  }

  /** An address is forgotten. Conductor thread. */
  void remove(long address) {
    try {
      boolean _ = places.remove(mac.putLong(0, address));
    } catch (LinuxException e) {
      LOGGER.log(Level.WARNING, "an address is not forgotten: {0}", e.getMessage());
    }
  }

  /** Total of a counter; 0 when it cannot be read. Any thread. */
  @SuppressWarnings("EnumOrdinal") // The header's enumeration has the same order.
  long count(BesideCounter which) {
    ByteBuffer values = buffer(Long.BYTES * cpus);
    try {
      return counters.sums(buffer(Integer.BYTES).putInt(0, which.ordinal()), values)[0];
    } catch (LinuxException e) {
      LOGGER.log(Level.DEBUG, "no count of frames beside the bridge", e);
      return 0;
    }
  }

  @Override
  public void close() {
    places.close();
    counters.close();
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
