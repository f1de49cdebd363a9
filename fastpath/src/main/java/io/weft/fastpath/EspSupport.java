package io.weft.fastpath;

import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.OverlayException;
import io.weft.linux.Ipv4Address;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether this host's kernel encrypts what fastdp carries, and the encryption of each connection
 * (overlay.md C.8). Conductor thread.
 */
public final class EspSupport implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(EspSupport.class.getName());

  private final @Nullable EspKernel kernel;
  private final String refusal;
  private final SecureRandom random = new SecureRandom();
  private @Nullable EspRules rules;

  private EspSupport(@Nullable EspKernel kernel, String refusal) {
    this.kernel = kernel;
    this.refusal = refusal;
  }

  /** No encryption is asked for, so nothing is tried. */
  public static EspSupport unused() {
    return new EspSupport(null, "no password is set");
  }

  /** Encryption by a kernel that is known to do it. */
  static EspSupport by(EspKernel kernel) {
    return new EspSupport(kernel, "");
  }

  /** Finds out by having the kernel of the calling thread's network namespace set up a state. */
  public static EspSupport probe() {
    try {
      return new EspSupport(XfrmKernel.open(), "");
    } catch (IOException e) {
      LOGGER.log(Level.INFO, "the kernel does not encrypt for fastdp: {0}", e.getMessage());
      return new EspSupport(null, String.valueOf(e.getMessage()));
    }
  }

  /** Why the kernel does not encrypt; empty when it does. */
  public String refusal() {
    return refusal;
  }

  /** Whether connections with a session key can be served. */
  public boolean isUsable() {
    return kernel != null;
  }

  /** Who sets the packet filter's rules; to be told before the first connection. */
  public void filterBy(EspRules packetFilter) {
    rules = packetFilter;
  }

  /**
   * The encryption of a new connection; null for one that is not encrypted.
   *
   * @throws OverlayException when it should be encrypted and cannot be
   */
  @Nullable EspConnection prepare(
      ForwarderParameters parameters,
      Ipv4Address local,
      Ipv4Address remote,
      int vxlanPort,
      EspConnection.Shell shell)
      throws OverlayException {
    byte[] sessionKey = parameters.sessionKey();
    if (sessionKey == null) {
      return null;
    }
    if (kernel == null) {
      throw new OverlayException("fastdp-kernel-has-no-esp");
    }
    return new EspConnection(
        new EspConnection.Subject(
            parameters.localPeer(), parameters.remotePeer(), sessionKey, local, remote, vxlanPort),
        kernel,
        Objects.requireNonNull(rules),
        this::nonce,
        shell);
  }

  private byte[] nonce() {
    byte[] nonce = new byte[EspSetup.NONCE_BYTES];
    random.nextBytes(nonce);
    return nonce;
  }

  @Override
  public void close() {
    if (kernel != null) {
      kernel.close();
    }
  }
}
