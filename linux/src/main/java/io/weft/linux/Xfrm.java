package io.weft.linux;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The kernel's ESP for IPv4 in transport mode, by netlink, in one network namespace. Keys are
 * AES-256 in Galois/counter mode with its salt (RFC 4106, 36 bytes), sequence numbers have 64 bits
 * and the window against replay is 256 packets.
 *
 * <p>A refusal is a {@link LinuxException}. May be used from any thread; requests take turns.
 */
public final class Xfrm implements AutoCloseable {
  private final NetlinkChannel channel;

  private Xfrm(NetlinkChannel channel) {
    this.channel = channel;
  }

  /**
   * Opens the namespace of the calling thread.
   *
   * @throws LinuxException EPROTONOSUPPORT where the kernel has no XFRM
   */
  public static Xfrm open() throws LinuxException {
    return new Xfrm(NetlinkChannel.open(XfrmProtocol.NETLINK_XFRM));
  }

  /**
   * Has the kernel choose the SPI of a state that is to be {@link #update updated} within half a
   * minute.
   */
  public int allocateSpi(Ipv4Address source, Ipv4Address destination, int requestId)
      throws IOException {
    String attempted = "allocate an ESP SPI from %s to %s".formatted(source, destination);
    ListReader<XfrmState> reader =
        new ListReader<>(
            XfrmProtocol.XFRM_MSG_NEWSA, XfrmProtocol.STATE_BYTES, XfrmMessages::readState);
    channel.query(XfrmMessages.allocateSpi(source, destination, requestId), attempted, reader);
    if (reader.objects().size() != 1) {
      throw new IOException("cannot " + attempted + ": the kernel answers with none");
    }
    return reader.objects().getFirst().spi();
  }

  /** Gives a state whose SPI the kernel has allocated its key: 32 bytes, then 4 of salt. */
  public void update(XfrmState state, byte[] keyMaterial) throws IOException {
    channel.request(
        XfrmMessages.install(XfrmProtocol.XFRM_MSG_UPDSA, state, keyMaterial), "set " + state);
  }

  /** Makes a state whose SPI somebody else has chosen; the key as for {@link #update}. */
  public void add(XfrmState state, byte[] keyMaterial) throws IOException {
    channel.request(
        XfrmMessages.install(XfrmProtocol.XFRM_MSG_NEWSA, state, keyMaterial), "add " + state);
  }

  /** Removes a state; that there is none is no error. */
  public void delete(XfrmState state) throws IOException {
    ignoreMissing(() -> channel.request(XfrmMessages.deleteState(state), "delete " + state));
  }

  /** All ESP states. */
  public List<XfrmState> states() throws IOException {
    ListReader<XfrmState> reader =
        new ListReader<>(
            XfrmProtocol.XFRM_MSG_NEWSA, XfrmProtocol.STATE_BYTES, XfrmMessages::readState);
    channel.dump(XfrmMessages.listStates(), "list ESP states", reader);
    return reader.objects();
  }

  /** Makes a policy, or takes the place of the one with its addresses and mark. */
  public void put(XfrmPolicy policy) throws IOException {
    channel.request(XfrmMessages.putPolicy(policy), "set " + policy);
  }

  /** The policy for packets with this mark. */
  public Optional<XfrmPolicy> find(Ipv4Address source, Ipv4Address destination, int mark)
      throws IOException {
    ListReader<XfrmPolicy> reader = policyReader();
    NetlinkRequest request =
        XfrmMessages.policy(XfrmProtocol.XFRM_MSG_GETPOLICY, source, destination, mark);
    String attempted = "read the ESP policy from %s to %s".formatted(source, destination);
    ignoreMissing(() -> channel.query(request, attempted, reader));
    return reader.objects().stream().findFirst();
  }

  /** Removes a policy; that there is none is no error. */
  public void delete(XfrmPolicy policy) throws IOException {
    NetlinkRequest request =
        XfrmMessages.policy(
            XfrmProtocol.XFRM_MSG_DELPOLICY, policy.source(), policy.destination(), policy.mark());
    ignoreMissing(() -> channel.request(request, "delete " + policy));
  }

  /** All policies of the form that {@link #put} makes. */
  public List<XfrmPolicy> policies() throws IOException {
    ListReader<XfrmPolicy> reader = policyReader();
    channel.dump(XfrmMessages.listPolicies(), "list ESP policies", reader);
    return reader.objects();
  }

  @Override
  public void close() {
    channel.close();
  }

  private static ListReader<XfrmPolicy> policyReader() {
    return new ListReader<>(
        XfrmProtocol.XFRM_MSG_NEWPOLICY, XfrmProtocol.POLICY_BYTES, XfrmMessages::readPolicy);
  }

  /** A call of the kernel. */
  @FunctionalInterface
  private interface Call {
    void run() throws IOException;
  }

  private static void ignoreMissing(Call call) throws IOException {
    try {
      call.run();
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ESRCH) {
        throw e;
      }
    }
  }
}
