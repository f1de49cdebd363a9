package io.weft.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.weft.linux.RequiresRoot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers by the names that Docker knows, from a daemon of the test's own. */
class ContainerLookupTest {
  private static final String ID = "0123456789abcdef".repeat(4);
  private static final String OTHER =
      "00000000000000000000000000000000000000000000000000000000000000ff";
  private static final String NESTED =
      "0::/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/" + OTHER;

  @TempDir Path processes;

  private HttpServer daemon;
  private String asked = "";
  private int status = 200;
  private String body = "";

  @BeforeEach
  void startDaemon() throws IOException {
    daemon = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    daemon.createContext("/", this::answer);
    daemon.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    asked = exchange.getRequestURI().toString();
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @AfterEach
  void stopDaemon() {
    daemon.stop(0);
  }

  private String url() {
    return "tcp://127.0.0.1:" + daemon.getAddress().getPort();
  }

  private DockerApi docker() {
    return DockerApi.at(url());
  }

  private void runs(boolean isRunning, long process) {
    body =
        "{\"Id\":\"%s\",\"State\":{\"Running\":%s,\"Pid\":%d},\"Config\":{}}"
            .formatted(ID, isRunning, process);
  }

  @Test
  void dockerNamesTheProcess() throws IOException {
    runs(true, 77);
    assertEquals(Optional.of(new DockerApi.Container(ID, 77)), docker().find("web"));
    assertEquals("/containers/web/json", asked);
    runs(false, 0);
    assertEquals(false, docker().find("web").orElseThrow().isRunning());
    status = 404;
    assertEquals(Optional.empty(), docker().find("web"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "{}", "{\"Id\":7}", "{\"Id\":\"../..\"}", "{\"Id\":\"abc\"}", "x"})
  void anAnswerThatIsNoneIsAnError(String text) {
    body = text;
    assertThrows(IOException.class, () -> docker().find("web"));
  }

  @Test
  void anErrorOfDockersIsPassedOn() {
    status = 500;
    body = "{\"message\":\"broken\"}";
    IOException failure = assertThrows(IOException.class, () -> docker().find("web"));
    assertTrue(String.valueOf(failure.getMessage()).contains("broken"), failure.getMessage());
  }

  @Test
  @RequiresRoot
  void aContainerOfDockersIsKnownByItsId() throws IOException {
    long own = ProcessHandle.current().pid();
    runs(true, own);
    groups(own, "1:cpu:/\n0::/system.slice/docker-" + ID + ".scope/init\n");
    try (ContainerNamespace container = new ContainerLookup(url(), processes).find("web")) {
      assertEquals(ID, container.ident());
      assertEquals(own, container.process().orElseThrow());
      String process = Long.toString(own);
      assertEquals(process.substring(0, Math.min(7, process.length())), container.id());
    }
  }

  @Test
  @RequiresRoot
  void aContainerOfAnyRuntimeIsKnownByTheBeginningOfItsId() throws IOException {
    long own = ProcessHandle.current().pid();
    groups(own, "0::/kubepods/" + OTHER + "/" + ID + "\n");
    ContainerLookup lookup = new ContainerLookup("", processes);
    try (ContainerNamespace container = lookup.find(ID.substring(0, 12))) {
      assertEquals(ID, container.ident());
    }
  }

  /** Docker is that of another host, or the number has gone to another process. */
  @ParameterizedTest
  @ValueSource(strings = {"0::/\n", "0::/docker/" + OTHER + "\n", NESTED, ""})
  @RequiresRoot
  void aProcessThatIsInNoGroupOfTheContainerIsRefused(String groups) throws IOException {
    long own = ProcessHandle.current().pid();
    runs(true, own);
    if (!groups.isEmpty()) {
      groups(own, groups);
    }
    ContainerLookup lookup = new ContainerLookup(url(), processes);
    IOException failure = assertThrows(IOException.class, () -> lookup.find("web"));
    assertTrue(failure.toString().contains("in no control group of"), failure.toString());
  }

  private void groups(long process, String text) throws IOException {
    Path folder = Files.createDirectories(processes.resolve(Long.toString(process)));
    Files.writeString(folder.resolve("cgroup"), text);
  }

  @Test
  void aContainerThatDoesNotRunIsSaidNotToRun() {
    runs(false, 0);
    IOException failure =
        assertThrows(IOException.class, () -> new ContainerLookup(url()).find("web"));
    assertEquals("the container web does not run", failure.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"web", "0123456789ab"})
  void withoutDockerWhatNobodyKnowsIsNotThere(String name) {
    ContainerLookup lookup = new ContainerLookup("unix:///run/weft-no-such-socket");
    IOException failure = assertThrows(IOException.class, () -> lookup.find(name));
    assertTrue(failure.toString().contains("no container " + name), failure.toString());
  }

  @Test
  @RequiresRoot
  void namespacesAndProcessesNeedNoDocker() throws IOException {
    ContainerLookup lookup = new ContainerLookup("unix:///run/weft-no-such-socket");
    long own = ProcessHandle.current().pid();
    try (ContainerNamespace container = lookup.find(Long.toString(own))) {
      assertEquals("netns-" + container.namespace().inode(), container.ident());
    }
    assertThrows(IllegalArgumentException.class, () -> lookup.find("netns:../x"));
    assertEquals("", asked);
    try (ContainerNamespace container = new ContainerLookup("ssh://x").find(Long.toString(own))) {
      assertEquals(own, container.process().orElseThrow());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "docker", "unix://", "unix://relative", "tcp://", "http://x:1"})
  void whatIsNoAddressOfDockersIsRefused(String url) {
    assertThrows(IllegalArgumentException.class, () -> DockerApi.at(url));
  }
}
