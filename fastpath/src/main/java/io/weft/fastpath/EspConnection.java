package io.weft.fastpath;

import io.weft.gossip.PeerName;
import io.weft.linux.Ipv4Address;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Encryption of one connection (overlay.md C.8.6): each side chooses nonce and number of what comes
 * to it and tells the other. There is no rekeying: keys live as long as the connection, and
 * sequence numbers of 64 bits do not run out. Conductor thread; after {@link #stop} it ignores
 * every event.
 */
final class EspConnection {
  private static final System.Logger LOGGER = System.getLogger(EspConnection.class.getName());

  /** What the connection makes happen. */
  interface Shell {
    /** Sends a control message to the neighbour. */
    void sendControl(int subTag, byte[] body);

    /** Packets in both directions can be encrypted; called once. */
    void secured();

    /** Nothing can be encrypted any more; nothing has been removed from the kernel yet. */
    void encryptionFailed(String reason);
  }

  private enum Phase {
    PREPARED,
    RULES_PENDING,
    ANNOUNCED,
    ENDED
  }

  /**
   * What a connection is about.
   *
   * @param self our name
   * @param peer the neighbour's name
   * @param sessionKey 32 bytes of the mesh connection
   * @param local our address
   * @param remote the neighbour's address
   * @param vxlanPort of the connection
   */
  record Subject(
      PeerName self,
      PeerName peer,
      byte[] sessionKey,
      Ipv4Address local,
      Ipv4Address remote,
      int vxlanPort) {}

  private final Subject subject;
  private final EspKernel kernel;
  private final EspRules rules;
  private final Supplier<byte[]> nonces;
  private final Shell shell;

  private Phase phase = Phase.PREPARED;
  private @Nullable EspPath inbound;
  private int outboundSpi;
  private boolean secured;

  /**
   * A connection that has told the kernel nothing yet.
   *
   * @param nonces each call gives 32 fresh random bytes
   */
  EspConnection(
      Subject subject, EspKernel kernel, EspRules rules, Supplier<byte[]> nonces, Shell shell) {
    this.subject = subject;
    this.kernel = kernel;
    this.rules = rules;
    this.nonces = nonces;
    this.shell = shell;
  }

  /** Why nothing is encrypted yet; empty when it is. */
  String complaint() {
    return switch (phase) {
      case PREPARED -> "fastdp-not-confirmed";
      case RULES_PENDING -> "fastdp-esp-waits-for-packet-filter";
      case ANNOUNCED -> secured ? "" : "fastdp-esp-not-set-up-by-peer";
      case ENDED -> "fastdp-esp-ended";
    };
  }

  /** The mesh connection is in the topology: sets up what comes in, then tells the neighbour. */
  void confirm() {
    if (phase != Phase.PREPARED) {
      return;
    }
    byte[] nonce = nonces.get();
    // Before the number is chosen, which the kernel keeps for half a minute only: the first key of
    // a process takes long where the machine is slow.
    byte[] key = EspKeys.derive(subject.sessionKey(), nonce, subject.self());
    try {
      int spi = kernel.allocateSpi(subject.remote(), subject.local());
      EspPath path = new EspPath(subject.local(), subject.remote(), subject.vxlanPort(), spi);
      inbound = path;
      kernel.installInbound(subject.remote(), subject.local(), spi, key);
      phase = Phase.RULES_PENDING;
      rules.protect(path, inForce -> rulesSet(inForce, new EspSetup(nonce, spi)));
    } catch (IOException e) {
      fail("fastdp-esp-inbound", e);
    }
  }

  private void rulesSet(boolean inForce, EspSetup setup) {
    if (phase != Phase.RULES_PENDING) {
      return;
    }
    if (!inForce) {
      fail("fastdp-esp-needs-packet-filter", null);
      return;
    }
    phase = Phase.ANNOUNCED;
    shell.sendControl(FastdpProtocol.CONTROL_ESP_SETUP, setup.encode());
    checkSecured();
  }

  /** The neighbour's message, which may come before our own confirmation. */
  void onSetup(byte[] message) {
    if (phase == Phase.ENDED) {
      return;
    }
    Optional<EspSetup> setup = EspSetup.parse(message);
    if (setup.isEmpty()) {
      fail("fastdp-esp-setup-malformed", null);
      return;
    }
    if (outboundSpi != 0) {
      // Installed anew, the same key would begin with the same numbers: never.
      LOGGER.log(Level.WARNING, "{0} sets up its encryption twice, ignored", subject.peer());
      return;
    }
    int spi = setup.get().spi();
    byte[] key = EspKeys.derive(subject.sessionKey(), setup.get().nonce(), subject.peer());
    outboundSpi = spi;
    try {
      kernel.installOutbound(subject.local(), subject.remote(), spi, key);
    } catch (IOException e) {
      fail("fastdp-esp-outbound", e);
      return;
    }
    checkSecured();
  }

  /** Ends the encryption: removes all of it, the packet filter's rules last. */
  void stop() {
    if (phase == Phase.ENDED) {
      return;
    }
    phase = Phase.ENDED;
    secured = false;
    remove();
  }

  private void remove() {
    EspPath path = inbound;
    try {
      if (path != null) {
        kernel.removeInbound(path.remote(), path.local(), path.inboundSpi());
      }
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "what {0} encrypts: {1}", subject.peer(), e.getMessage());
    }
    try {
      if (outboundSpi != 0) {
        kernel.removeOutbound(subject.local(), subject.remote(), outboundSpi);
      }
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "encryption toward {0}: {1}", subject.peer(), e.getMessage());
    }
    if (path != null) {
      rules.release(path);
    }
  }

  private void checkSecured() {
    if (!secured && phase == Phase.ANNOUNCED && outboundSpi != 0) {
      secured = true;
      shell.secured();
    }
  }

  /** Any failure is final for the connection; another overlay carries (overlay.md C.8.6). */
  private void fail(String reason, @Nullable IOException cause) {
    LOGGER.log(
        Level.WARNING,
        "no encryption by the kernel toward {0}: {1}",
        subject.peer(),
        cause == null ? reason : cause.getMessage());
    phase = Phase.ENDED;
    secured = false;
    // First nothing is sent there any more, then nothing is encrypted.
    shell.encryptionFailed(reason);
    remove();
  }
}
