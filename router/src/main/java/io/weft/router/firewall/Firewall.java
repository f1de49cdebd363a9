package io.weft.router.firewall;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The rules of this host, in the namespace of the thread that opened this. They follow the state
 * that was given last, and are put back within ten seconds when somebody else removes or changes
 * them. All changes happen on one thread of its own.
 */
public final class Firewall implements AutoCloseable {
  /** By specification ten seconds at most (features.md 1.9, self-repair). */
  private static final long WATCH_SECONDS = 5;

  private static final System.Logger LOGGER = System.getLogger(Firewall.class.getName());

  private final RuleBackend backend;
  private final ScheduledExecutorService thread;
  private FirewallState state;
  private String expected = "";
  private boolean isExpectedKnown;
  private boolean hasJustRepaired;
  private boolean isBroken;

  /** Where the rules go. */
  public enum Backend {
    /** A table of our own in nftables. */
    TABLE,
    /** iptables chains by nftables. */
    IPTABLES_NFT,
    /** iptables chains by the kernel's older interface. */
    IPTABLES_LEGACY
  }

  private Firewall(RuleBackend backend, FirewallState state) {
    this.backend = backend;
    this.state = state;
    thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("firewall").factory());
  }

  /**
   * Applies a state and watches over it; then removes what an earlier router has left in any other
   * place. A host without the programs gets a warning, once.
   */
  public static Firewall open(Backend backend, FirewallState state) {
    Firewall firewall = new Firewall(backendOf(backend), state);
    var _ = firewall.thread.submit(firewall::applyNow);
    // A router before this one may have had its rules elsewhere; nobody else keeps them in step.
    var _ = firewall.thread.submit(() -> removeAllBut(backend));
    var _ =
        firewall.thread.scheduleWithFixedDelay(
            firewall::watch, WATCH_SECONDS, WATCH_SECONDS, TimeUnit.SECONDS);
    return firewall;
  }

  private static void removeAllBut(Backend chosen) {
    for (Backend other : Backend.values()) {
      try {
        if (other != chosen) {
          remove(other);
        }
      } catch (IOException e) {
        LOGGER.log(
            Level.INFO, "cannot remove {0} of an earlier router: {1}", other, e.getMessage());
      }
    }
  }

  private static void remove(Backend backend) throws IOException {
    RuleBackend rules = backendOf(backend);
    if (rules.isAvailable()) {
      rules.remove();
    }
  }

  static RuleBackend backendOf(Backend backend) {
    return switch (backend) {
      case TABLE -> new NftablesBackend();
      case IPTABLES_NFT -> new IptablesBackend(false);
      case IPTABLES_LEGACY -> new IptablesBackend(true);
    };
  }

  /** Changes the state; the rules follow soon. */
  public void change(UnaryOperator<FirewallState> change) {
    var _ =
        thread.submit(() -> {
          FirewallState next = change.apply(state);
          if (!next.equals(state)) {
            state = next;
            isExpectedKnown = false;
            applyNow();
          }
        });
  }

  /**
   * Changes the state, unless the rules that follow from it cannot be set.
   *
   * @param done told on the firewall's thread whether they are in force
   */
  public void attempt(UnaryOperator<FirewallState> change, Consumer<Boolean> done) {
    var _ =
        thread.submit(() -> {
          FirewallState before = state;
          boolean wasBroken = isBroken;
          state = change.apply(state);
          isExpectedKnown = false;
          applyNow();
          boolean inForce = !isBroken;
          if (!inForce && !wasBroken) {
            state = before;
            isExpectedKnown = false;
            applyNow();
          }
          done.accept(inForce);
        });
  }

  /** Changes the state after a while. */
  public void changeLater(UnaryOperator<FirewallState> change, Duration delay) {
    var _ = thread.schedule(() -> change(change), delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Waits until what was changed before is applied.
   *
   * @throws IOException if it could not be
   */
  public void flush() throws IOException {
    try {
      boolean broken = thread.submit(() -> isBroken).get(30, TimeUnit.SECONDS);
      if (broken) {
        throw new IOException("the packet filter rules could not be set, see the router's log");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while packet filter rules were set", e);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new IOException("the packet filter rules could not be set", e);
    }
  }

  private void applyNow() {
    try {
      backend.apply(state);
      if (!isExpectedKnown) {
        // Not anew when they are put back: somebody may be at them again by now.
        expected = backend.present();
        isExpectedKnown = true;
      }
      isBroken = false;
    } catch (IOException e) {
      if (!isBroken) {
        LOGGER.log(
            Level.WARNING,
            "packet filter rules cannot be set, containers may not reach other networks: {0}",
            e.getMessage());
      }
      isBroken = true;
    }
  }

  private void watch() {
    try {
      if (isBroken || !backend.present().equals(expected)) {
        if (!isBroken) {
          LOGGER.log(
              Level.WARNING, "packet filter rules were changed by others, putting ours back");
        }
        // Twice in a row: perhaps the same rules only look different.
        isExpectedKnown &= !hasJustRepaired;
        applyNow();
        hasJustRepaired = true;
      } else {
        hasJustRepaired = false;
      }
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "cannot look at the packet filter rules: {0}", e.getMessage());
    }
  }

  /** Stops to watch; the rules stay, so that containers go on talking. */
  @Override
  public void close() {
    thread.shutdownNow();
  }

  /** Removes the rules of every kind, as far as the programs are there. */
  public static void removeAll() throws IOException {
    for (Backend backend : Backend.values()) {
      remove(backend);
    }
    IptablesBackend.removeSet();
  }
}
