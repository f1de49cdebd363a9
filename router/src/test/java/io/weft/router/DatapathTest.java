package io.weft.router;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.weft.fastpath.EspSupport;
import io.weft.router.options.RouterOptions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Why a host does not offer fastdp, as the status of its connections says it. */
final class DatapathTest {
  @Test
  void aMeshThatEncryptsAllNeedsAKernelWithEspUnlessItHasNothingElse() throws Exception {
    assertReason("fastdp-kernel-has-no-esp", "--password=secret");
    assertReason("", "--password=secret", "--overlays=fastdp");
    assertReason("", "--password=secret", "--trusted-subnets=192.0.2.0/24");
    assertReason("", "--password=secret", "--fastdp-by=user");
    assertReason("");
  }

  @Test
  void whoAsksForATapInterfaceGetsNoFastdp() throws Exception {
    assertReason("fastdp-not-with-capture-tap", "--capture=tap");
    assertReason("fastdp-not-with-capture-tap", "--capture=tap", "--password=secret");
  }

  /** Of a host whose kernel does not encrypt. */
  private static void assertReason(String word, String... flags) throws Exception {
    RouterOptions options = RouterOptions.parse(List.of(flags), Map.of());
    Datapath.Refusal refusal = Datapath.reasonAgainst(options, EspSupport.unused());
    if (word.isEmpty()) {
      assertNull(refusal, () -> List.of(flags).toString());
    } else {
      assertEquals(word, refusal == null ? "" : refusal.word(), () -> List.of(flags).toString());
    }
  }
}
