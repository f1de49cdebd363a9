package io.weft.router;

import io.weft.fastpath.EspPath;
import io.weft.fastpath.EspRules;
import io.weft.router.firewall.Firewall;
import io.weft.router.firewall.FirewallState;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Has the packet filter mark and guard what is encrypted. Connections may begin before the packet
 * filter is there: what they ask for waits. Conductor thread.
 */
final class EncryptionRules implements EspRules {
  private static final System.Logger LOGGER = System.getLogger(EncryptionRules.class.getName());

  /** After so long no lane sends by a table that still names the connection. */
  private static final Duration RELEASE_DELAY = Duration.ofSeconds(5);

  private final Executor conductor;
  private final List<Runnable> waiting = new ArrayList<>();
  private @Nullable Firewall firewall;

  EncryptionRules(Executor conductor) {
    this.conductor = conductor;
  }

  /** The packet filter is there now. */
  void attach(Firewall opened) {
    firewall = opened;
    waiting.forEach(Runnable::run);
    waiting.clear();
  }

  @Override
  public void protect(EspPath path, Consumer<Boolean> done) {
    ask(filter ->
        filter.attempt(
            changed(paths -> paths.add(path)),
            inForce -> conductor.execute(() -> done.accept(inForce))));
  }

  @Override
  public void release(EspPath path) {
    ask(filter -> filter.changeLater(changed(paths -> paths.remove(path)), RELEASE_DELAY));
  }

  private void ask(Consumer<Firewall> request) {
    Firewall present = firewall;
    if (present == null) {
      waiting.add(() -> ask(request));
      return;
    }
    try {
      request.accept(present);
    } catch (RejectedExecutionException e) {
      // The router is ending. Its rules stay and guard, until the next router or a reset.
      LOGGER.log(Level.DEBUG, "the packet filter has ended", e);
    }
  }

  private static UnaryOperator<FirewallState> changed(Consumer<List<EspPath>> change) {
    return state -> {
      List<EspPath> paths = new ArrayList<>(state.encrypted());
      change.accept(paths);
      return state.withEncrypted(paths);
    };
  }
}
