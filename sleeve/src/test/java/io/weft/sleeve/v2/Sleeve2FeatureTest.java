package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is announced, and which cipher comes of two announcements. */
final class Sleeve2FeatureTest {
  private static final Sleeve2Feature WITH_AES = new Sleeve2Feature(Aead.preference(true), 1);
  private static final Sleeve2Feature WITHOUT_AES = new Sleeve2Feature(Aead.preference(false), 4);

  @Test
  void writesAndReadsTheValue() {
    assertEquals("v=1;aead=aes256gcm,chacha20;max=65507;lanes=1", WITH_AES.value());
    assertEquals("v=1;aead=chacha20,aes256gcm;max=65507;lanes=4", WITHOUT_AES.value());
    assertEquals(WITH_AES, Sleeve2Feature.parse(WITH_AES.value()));
    assertEquals(
        WITHOUT_AES, Sleeve2Feature.parse("v=1;new;max=1;aead=chacha20,x,aes256gcm;;lanes=4"));
  }

  @Test
  void takesOtherVersionsAndNonsenseForAbsent() {
    for (@Nullable String value :
        new @Nullable String[] {
          null,
          "",
          "v=2;aead=aes256gcm",
          "aead=aes256gcm",
          "v=1",
          "v=1;aead=rot13",
          "v=1;aead=",
          "v=1;aead=aes256gcm" + ";".repeat(300)
        }) {
      assertNull(Sleeve2Feature.parse(value), String.valueOf(value));
    }
  }

  @Test
  void anEndSendsUnderAsManySessionsAsItSaysWhereTheOtherKnowsOfThem() {
    Sleeve2Feature older = Sleeve2Feature.parse("v=1;aead=aes256gcm;max=65507");
    assertNotNull(older);
    assertEquals(0, older.lanes());
    assertEquals(1, Sleeve2Feature.sessions(WITHOUT_AES, older));
    assertEquals(1, Sleeve2Feature.sessions(older, WITHOUT_AES));
    assertEquals(4, Sleeve2Feature.sessions(WITHOUT_AES, WITH_AES));
    assertEquals(1, Sleeve2Feature.sessions(WITH_AES, WITHOUT_AES));
    for (String nonsense : List.of("", "-1", "x", "1000x", "+2", "٣")) {
      Sleeve2Feature parsed = Sleeve2Feature.parse("v=1;aead=aes256gcm;lanes=" + nonsense);
      assertNotNull(parsed);
      assertEquals(0, parsed.lanes(), nonsense);
    }
    for (String many : List.of("8", "9", "999", "1000", "08", "9".repeat(200))) {
      Sleeve2Feature parsed = Sleeve2Feature.parse("v=1;aead=aes256gcm;lanes=" + many);
      assertNotNull(parsed);
      assertEquals(8, parsed.lanes(), many);
    }
    for (String one : List.of("0", "000", "1", "001")) {
      Sleeve2Feature parsed = Sleeve2Feature.parse("v=1;aead=aes256gcm;lanes=" + one);
      assertNotNull(parsed);
      assertEquals(1, parsed.lanes(), one);
    }
  }

  @Test
  void bothEndsChooseTheSame() {
    for (Sleeve2Feature one : List.of(WITH_AES, WITHOUT_AES)) {
      for (Sleeve2Feature other : List.of(WITH_AES, WITHOUT_AES)) {
        assertEquals(Sleeve2Feature.choose(one, other), Sleeve2Feature.choose(other, one));
      }
    }
    assertEquals(Aead.AES_256_GCM, Sleeve2Feature.choose(WITH_AES, WITH_AES));
    assertEquals(Aead.CHACHA20_POLY1305, Sleeve2Feature.choose(WITH_AES, WITHOUT_AES));
    Sleeve2Feature only = new Sleeve2Feature(List.of(Aead.AES_256_GCM), 1);
    assertEquals(Aead.AES_256_GCM, Sleeve2Feature.choose(only, WITHOUT_AES));
    assertNull(Sleeve2Feature.choose(only, new Sleeve2Feature(List.of(Aead.CHACHA20_POLY1305), 1)));
    assertNotNull(Sleeve2Feature.choose(WITHOUT_AES, WITHOUT_AES));
  }

  @Test
  void readsTheKernelsDescriptionOfTheProcessor() {
    assertTrue(Processor.hasAes(List.of("processor\t: 0", "flags\t\t: fpu vme aes avx")));
    assertFalse(Processor.hasAes(List.of("flags\t\t: fpu vme vaes avx", "flags : aes")));
    assertTrue(Processor.hasAes(List.of("Features\t: fp asimd aes pmull")));
    assertFalse(Processor.hasAes(List.of("Features\t: fp asimd")));
    assertTrue(Processor.hasAes(List.of("something else")), "unknown counts as present");
  }
}
