package io.weft.router;

import io.weft.ipam.CorruptStateException;
import io.weft.ipam.PersistedState;
import io.weft.ipam.StateSink;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import io.weft.router.state.StateFile;
import io.weft.router.state.StoredState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Puts what the cores must not forget into the state file. Conductor thread. */
final class StateKeeper implements StateSink {
  private static final System.Logger LOGGER = System.getLogger(StateKeeper.class.getName());

  private final StateFile file;
  private final Counters counters;
  private final Consumer<String> onFatal;
  private @Nullable Runnable postponed;

  /**
   * A keeper.
   *
   * @param onFatal told when the allocator's state cannot be stored: it must not go on then
   */
  StateKeeper(StateFile file, Counters counters, Consumer<String> onFatal) {
    this.file = file;
    this.counters = counters;
    this.onFatal = onFatal;
  }

  /** The allocator's last state, null when there is none. */
  @Nullable PersistedState storedIpam() throws CorruptStateException {
    byte[] stored = file.state().ipam();
    return stored == null ? null : PersistedState.decode(stored);
  }

  @Override
  public void persist(PersistedState state) {
    try {
      save(file.state().withIpam(state.encode()));
    } catch (IOException e) {
      onFatal.accept("cannot store the state of address allocation: " + e);
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean postpone(Runnable store) {
    postponed = store;
    return true;
  }

  /** Stores what was postponed: once for all requests of a batch of events, however many. */
  void storePostponed() {
    Runnable store = postponed;
    postponed = null;
    if (store != null) {
      store.run();
    }
  }

  /** Stores the targets; without them the router still works, so a failure is only logged. */
  void storeTargets(List<String> targets) {
    try {
      if (!targets.equals(file.state().targets())) {
        save(file.state().withTargets(targets));
      }
    } catch (IOException e) {
      LOGGER.log(Level.ERROR, "cannot store the targets: {0}", e.toString());
    }
  }

  private void save(StoredState state) throws IOException {
    try {
      file.save(state);
      counters.increment(Counter.STATE_WRITES);
    } catch (IOException e) {
      counters.increment(Counter.STATE_WRITE_FAILURES);
      throw e;
    }
  }
}
