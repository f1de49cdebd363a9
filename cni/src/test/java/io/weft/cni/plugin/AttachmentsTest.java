package io.weft.cni.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AttachmentsTest {
  @TempDir Path temporary;

  private static Attachments.Entry entry(String container, String interfaceName) {
    return new Attachments.Entry(
        new AttachmentKey(container, interfaceName), "weave", false, "host-local", "/x", 7, true);
  }

  @Test
  void whatWasPutIsFoundUntilItIsRemovedWhateverItIsCalled() throws IOException {
    Attachments attachments = new Attachments(temporary.resolve("cni"));
    assertEquals(List.of(), attachments.list(), "no folder yet");
    attachments.removeUnfinished();
    // The kernel lets an interface be called like this.
    Attachments.Entry odd = entry("a.b", "eth0.new");
    attachments.put(odd);
    attachments.removeUnfinished();
    assertEquals(List.of(odd), attachments.list());
    assertEquals(odd, attachments.find(odd.key()).orElseThrow());
    attachments.remove(odd.key());
    assertEquals(List.of(), attachments.list());
  }

  @Test
  void whatAKilledRouterWasWritingIsRemovedAndNothingElse() throws IOException {
    Path folder = temporary.resolve("cni");
    Attachments attachments = new Attachments(folder);
    Attachments.Entry whole = entry("a", "eth0");
    attachments.put(whole);
    Path half = Files.writeString(folder.resolve(".b@eth0"), "{\"containerID\":");
    assertEquals(List.of(whole), attachments.list());
    attachments.removeUnfinished();
    assertFalse(Files.exists(half));
    assertEquals(List.of(whole), attachments.list());
  }

  @Test
  void aFileThatIsNoneOfOursIsPassedOver() throws IOException {
    Path folder = Files.createDirectories(temporary.resolve("cni"));
    Files.writeString(folder.resolve("x@eth0"), "{\"containerID\":\"y\",\"ifname\":\"eth0\"}");
    Files.writeString(folder.resolve("z@eth0"), "no JSON");
    Files.writeString(folder.resolve("w@eth0"), "x".repeat(20_000));
    assertEquals(List.of(), new Attachments(folder).list());
  }
}
