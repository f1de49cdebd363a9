package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.PeerName;
import io.weft.linux.LinuxException;
import io.weft.linux.RequiresRoot;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Which addresses leave the kernel's table, in virtual time. */
@RequiresRoot
final class KernelMacsTest {
  private static final int A = 0xa01;
  private static final int B = 0xb02;
  private static final int C = 0x0c3;
  private static final PeerName PEER_A = new PeerName(1);
  private static final PeerName PEER_B = new PeerName(2);
  private static final PeerName PEER_C = new PeerName(3);
  private static final PeerName NEWCOMER = new PeerName(4);
  private static final long NOW = 3_600_000_000_000L;
  private static final long OLDEST = NOW - FastdpProtocol.MAC_EXPIRY_NANOS;

  @AutoClose private final KernelGround ground = new KernelGround();

  @Test
  void anAddressGoesWhenNobodyHasSeenItForTenMinutesWhoeverHasIt() throws Exception {
    ground.onHost(path -> {
      BpfTables tables = path.tables();
      ForwardingState state = new ForwardingState(tables);
      state.adoptRoute(B, Layout.ROUTE_VIA | B);
      tables.putMac(1, Layout.OWNER_LOCAL, OLDEST);
      tables.putMac(2, B, OLDEST);
      tables.putMac(3, Layout.OWNER_OUTSIDE, OLDEST);
      tables.putMac(4, Layout.OWNER_LOCAL, OLDEST - 1);
      tables.putMac(5, B, OLDEST - 1);
      tables.putMac(6, Layout.OWNER_OUTSIDE, OLDEST - 1);
      KernelMacs.expire(tables, state, NOW);
      assertEquals("[1, 2, 3]", known(tables));
      KernelMacs.expire(tables, state, NOW + 1);
      assertEquals("[]", known(tables));
    });
  }

  @Test
  void anAddressOfAPeerThatIsForwardedToNoMoreGoesAtOnce() throws Exception {
    ground.onHost(path -> {
      BpfTables tables = path.tables();
      ForwardingState state = new ForwardingState(tables);
      state.adoptRoute(A, Layout.ROUTE_SELF);
      state.adoptRoute(B, Layout.ROUTE_PUNT);
      state.adoptRoute(C, Layout.ROUTE_NONE);
      tables.putMac(1, Layout.OWNER_LOCAL, NOW);
      tables.putMac(2, B, NOW);
      tables.putMac(3, C, NOW);
      tables.putMac(4, C + 1, NOW);
      tables.putMac(5, Layout.OWNER_OUTSIDE, NOW);
      KernelMacs.expire(tables, state, NOW);
      assertEquals("[1, 2, 5]", known(tables));
    });
  }

  @Test
  void addressesBehindAShortIdThatAnotherPeerHasNowAreForgottenAndNoOthers() throws Exception {
    SortedMap<Integer, PeerName> before = new TreeMap<>(Map.of(A, PEER_A, B, PEER_B, C, PEER_C));
    ground.onHost(path -> {
      BpfTables tables = path.tables();
      tables.putMac(1, Layout.OWNER_LOCAL, NOW);
      tables.putMac(2, B, NOW);
      tables.putMac(3, C, NOW);
      tables.putMac(4, B, NOW);
      tables.putMac(5, Layout.OWNER_OUTSIDE, NOW);
      // C is away, as a router is that starts again: whether it is missed is for its route to say.
      KernelMacs.forgetOwners(tables, before, new TreeMap<>(Map.of(A, PEER_A, B, PEER_B)));
      assertEquals("[1, 2, 3, 4, 5]", known(tables));
      KernelMacs.forgetOwners(
          tables, before, new TreeMap<>(Map.of(A, PEER_A, B, NEWCOMER, C, PEER_C)));
      assertEquals("[1, 3, 5]", known(tables));
    });
  }

  private static String known(BpfTables tables) throws LinuxException {
    TreeSet<Long> macs = new TreeSet<>();
    tables.macs().forEach(mac -> macs.add(mac.mac()));
    return macs.toString();
  }
}
