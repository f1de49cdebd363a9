package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresRoot
class XfrmTest {
  private static final Ipv4Address SOURCE = Ipv4Address.parse("192.0.2.1");
  private static final Ipv4Address DESTINATION = Ipv4Address.parse("192.0.2.2");
  private static final int MARK = 0x20000;
  private static final int REQUEST_ID = 77;

  private final TestNamespaces namespaces = new TestNamespaces();
  private Xfrm xfrm;

  @BeforeEach
  void openHost() throws IOException {
    NetworkNamespace host = namespaces.create();
    xfrm = host.run(XfrmTest::open);
  }

  private static Xfrm open() throws LinuxException {
    try {
      return Xfrm.open();
    } catch (LinuxException e) {
      return Assumptions.abort("this kernel has no XFRM: " + e.getMessage());
    }
  }

  @AfterEach
  void removeAll() throws IOException {
    xfrm.close();
    namespaces.close();
  }

  @Test
  void aPolicyTakesThePlaceOfTheOneBeforeAndGoesWithoutATrace() throws IOException {
    assertEquals(Optional.empty(), xfrm.find(SOURCE, DESTINATION, MARK));
    XfrmPolicy first = new XfrmPolicy(SOURCE, DESTINATION, MARK, 0xC1A2_B3D4, REQUEST_ID);
    xfrm.put(first);
    assertEquals(Optional.of(first), xfrm.find(SOURCE, DESTINATION, MARK));
    XfrmPolicy second = new XfrmPolicy(SOURCE, DESTINATION, MARK, 0x4C85_6FFC, REQUEST_ID);
    xfrm.put(second);
    assertEquals(List.of(second), xfrm.policies());
    assertEquals(Optional.empty(), xfrm.find(DESTINATION, SOURCE, MARK), "another direction");
    assertEquals(Optional.empty(), xfrm.find(SOURCE, DESTINATION, 1), "another mark");
    xfrm.delete(second);
    xfrm.delete(second);
    assertEquals(List.of(), xfrm.policies());
  }

  @Test
  void aStateIsAllocatedCompletedAndRemoved() throws IOException {
    int spi = xfrm.allocateSpi(SOURCE, DESTINATION, REQUEST_ID);
    assertTrue(Integer.compareUnsigned(spi, 0x100) >= 0, "an association's number");
    XfrmState inbound = new XfrmState(SOURCE, DESTINATION, spi, REQUEST_ID);
    try {
      xfrm.update(inbound, new byte[36]);
    } catch (LinuxException e) {
      Assumptions.abort("this kernel has no ESP: " + e.getMessage());
    }
    XfrmState outbound = new XfrmState(DESTINATION, SOURCE, 0x4C85_6FFC, REQUEST_ID);
    xfrm.add(outbound, new byte[36]);
    assertEquals(2, xfrm.states().size());
    assertTrue(xfrm.states().containsAll(List.of(inbound, outbound)), "as they were made");
    xfrm.delete(inbound);
    xfrm.delete(outbound);
    xfrm.delete(outbound);
    assertEquals(List.of(), xfrm.states());
  }
}
