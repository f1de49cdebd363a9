package io.weft.fastpath;

import io.weft.linux.Errno;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.linux.Xfrm;
import io.weft.linux.XfrmPolicy;
import io.weft.linux.XfrmState;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Encryption by the kernel of a network namespace. Its states carry a number by which a later
 * router finds them.
 */
public final class XfrmKernel implements EspKernel {
  /** Request id of our states: no program that counts its own arrives here. */
  static final int REQUEST_ID = 0x5745_4654;

  private static final Ipv4Address LOOPBACK = new Ipv4Address(0x7F00_0001);

  private final Xfrm xfrm;

  private XfrmKernel(Xfrm xfrm) {
    this.xfrm = xfrm;
  }

  /**
   * Opens the namespace of the calling thread.
   *
   * @throws IOException when this kernel cannot encrypt, found out by having it begin; the message
   *     says why
   */
  public static XfrmKernel open() throws IOException {
    XfrmKernel kernel = new XfrmKernel(Xfrm.open());
    try {
      kernel.probe();
      return kernel;
    } catch (IOException e) {
      kernel.close();
      throw e;
    }
  }

  /** Sets up a state as for a neighbour, between addresses that no neighbour has. */
  private void probe() throws IOException {
    XfrmState state =
        new XfrmState(
            LOOPBACK, LOOPBACK, xfrm.allocateSpi(LOOPBACK, LOOPBACK, REQUEST_ID), REQUEST_ID);
    try {
      xfrm.update(state, new byte[EspKeys.BYTES]);
    } finally {
      xfrm.delete(state);
    }
  }

  /**
   * Removes what routers have left in the namespace of the calling thread: policies by their mark
   * (overlay.md C.8.6), then states. Does nothing where the kernel has no XFRM.
   *
   * @param before told each address that packets were encrypted for, while they still are
   */
  static void clear(Consumer<Ipv4Address> before) throws IOException {
    try (Xfrm xfrm = Xfrm.open()) {
      List<XfrmPolicy> policies =
          xfrm.policies().stream().filter(policy -> policy.mark() == EspRules.MARK).toList();
      policies.forEach(policy -> before.accept(policy.destination()));
      for (XfrmPolicy policy : policies) {
        xfrm.delete(policy);
      }
      for (XfrmState state : xfrm.states()) {
        if (state.requestId() == REQUEST_ID) {
          xfrm.delete(state);
        }
      }
    } catch (LinuxException e) {
      if (e.errno() != Errno.EPROTONOSUPPORT) {
        throw e;
      }
    }
  }

  @Override
  public int allocateSpi(Ipv4Address source, Ipv4Address destination) throws IOException {
    return xfrm.allocateSpi(source, destination, REQUEST_ID);
  }

  @Override
  public void installInbound(
      Ipv4Address source, Ipv4Address destination, int spi, byte[] keyMaterial) throws IOException {
    xfrm.update(new XfrmState(source, destination, spi, REQUEST_ID), keyMaterial);
  }

  @Override
  public void installOutbound(
      Ipv4Address source, Ipv4Address destination, int spi, byte[] keyMaterial) throws IOException {
    xfrm.add(new XfrmState(source, destination, spi, REQUEST_ID), keyMaterial);
    xfrm.put(new XfrmPolicy(source, destination, EspRules.MARK, spi, REQUEST_ID));
  }

  @Override
  public void removeInbound(Ipv4Address source, Ipv4Address destination, int spi)
      throws IOException {
    xfrm.delete(new XfrmState(source, destination, spi, REQUEST_ID));
  }

  @Override
  public void removeOutbound(Ipv4Address source, Ipv4Address destination, int spi)
      throws IOException {
    Optional<XfrmPolicy> policy = xfrm.find(source, destination, EspRules.MARK);
    if (policy.isPresent() && policy.get().spi() == spi) {
      xfrm.delete(policy.get());
    }
    xfrm.delete(new XfrmState(source, destination, spi, REQUEST_ID));
  }

  @Override
  public void close() {
    xfrm.close();
  }
}
