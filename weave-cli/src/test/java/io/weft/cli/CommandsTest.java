package io.weft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit codes and output of the commands that only talk to the router (features.md 1.5.1, 1.6). */
class CommandsTest {
  @TempDir Path directory;

  private CommandHarness weave;

  @BeforeEach
  void startRouter() throws IOException {
    weave = new CommandHarness(directory);
  }

  @AfterEach
  void stopRouter() {
    weave.close();
  }

  @Test
  void printsTheStatusBetweenBlankLines() {
    weave.answering("GET /status", 200, "        Version: 1\n");

    assertEquals(0, weave.run("status"));
    assertEquals("\n        Version: 1\n\n", weave.out());
  }

  @Test
  void helpOnTheFlagsOfLaunchStaysInItsColumns() {
    assertEquals(0, weave.run("help", "launch"));
    List<String> lines = weave.err().lines().toList();
    List<String> flags = lines.subList(lines.indexOf("Flags:") + 1, lines.size());
    assertTrue(flags.size() > 40, weave.err());
    for (String line : flags) {
      assertTrue(line.length() <= 80 && line.matches("  (--\\S+.*| {31}\\S.*)"), line);
    }
  }

  @Test
  void printsTheStatusOfARouterThatIsNotReady() {
    weave.answering("GET /status/ipam", 503, "waiting");

    assertEquals(0, weave.run("status", "ipam"));
    assertEquals("\nwaiting\n\n", weave.out());
  }

  @Test
  void asksTheRouterForATraceAndPrintsIt() {
    weave.answering("GET /trace?src=10.32.0.1&dst=5a%3A00%3A00%3A00%3A00%3A01", 200, "dropped\n");

    assertEquals(0, weave.run("trace", "10.32.0.1", "5a:00:00:00:00:01"));
    assertEquals("dropped\n", weave.out());
  }

  @Test
  void refusesAnUnknownPartOfTheStatus() {
    assertEquals(1, weave.run("status", "foo"));
    assertTrue(weave.err().contains("invalid sub-command"), weave.err());
    assertEquals(List.of(), weave.requests());
  }

  @Test
  void handsPeersOverInOneRequest() {
    weave.answering("POST /connect", 200, "");

    assertEquals(0, weave.run("connect", "--replace", "10.0.0.1", "node b:7000"));
    assertEquals(
        List.of("POST /connect peer=10.0.0.1&peer=node+b%3A7000&replace=true"), weave.requests());
    assertEquals("", weave.out());
  }

  @Test
  void printsTheReasonOfTheRouterAndFails() {
    weave.answering("POST /forget", 400, "no such peer");

    assertEquals(1, weave.run("forget", "10.0.0.1"));
    assertEquals("no such peer\n", weave.err());
  }

  @Test
  void primeSaysWhyItWaitsEachTimeTheReasonChanges() {
    String awaiting = "no address space after 2s: awaiting consensus (quorum: 2, known: 1)\n";
    weave.answering("GET /ring?timeout=2s", 503, awaiting);
    weave.answering("GET /ring?timeout=10s", 200, "");

    assertEquals(0, weave.run("prime"));
    assertEquals(
        "waiting: no address space: awaiting consensus (quorum: 2, known: 1)\n", weave.err());
    assertEquals("", weave.out());
  }

  @Test
  void primeGivesUpWhenToldTo() {
    String awaiting = "no address space after 2s: awaiting consensus (quorum: 2, known: 1)\n";
    weave.answering("GET /ring?timeout=2s", 503, awaiting);

    assertEquals(1, weave.run("prime", "--timeout", "2"));
    assertEquals(awaiting, weave.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "0", "-1s", "1.5s", ""})
  void refusesATimeThatNobodyCanWait(String time) {
    assertEquals(1, weave.run("prime", "--timeout=" + time));
    assertTrue(weave.err().contains("'" + time + "' is no time to wait"), weave.err());
    assertEquals(List.of(), weave.requests());
  }

  @ParameterizedTest
  @CsvSource({"400,true,false", "400,false,true", "500,false,false"})
  void exposeGivesBackWhatItHasObtainedIfTheRouterRefuses(
      int status, boolean had, boolean givesBack) {
    weave.answering("GET /ip/weave%3Aexpose", 200, had ? "127.1.0.1/16" : "");
    weave.answering("POST /ip/weave%3Aexpose?timeout=2s", 200, "127.1.0.1/16");
    weave.answering("POST /expose/127.1.0.1/16", status, "no");
    weave.answering("DELETE /ip/weave%3Aexpose/127.1.0.1", 204, "");

    assertEquals(1, weave.run("expose"));
    assertEquals("no\n", weave.err());
    assertEquals(
        givesBack ? "DELETE /ip/weave%3Aexpose/127.1.0.1" : "POST /expose/127.1.0.1/16",
        weave.requests().getLast());
  }

  @Test
  void answersFourWhenAllocationIsOff() {
    assertEquals(4, weave.run("prime"));
    assertEquals("404 page not found\n", weave.err());
  }

  @ParameterizedTest
  @CsvSource({"connect x,7", "forget x,7", "prime,7", "report,7", "status,1", "rmpeer x,1"})
  void hasACodeForARouterThatDoesNotRun(String command, int exitCode) throws IOException {
    weave.withoutRouter();

    assertEquals(exitCode, weave.run(command.split(" ", -1)));
    assertTrue(weave.err().contains("weave container is not present"), weave.err());
  }

  @ParameterizedTest
  @CsvSource({"connect x", "forget x", "prime", "report", "status", "rmpeer x", "version"})
  void namesAnAddressOfTheRouterThatIsNone(String command) {
    weave.expectingTheRouterAt("127.0.0.1:many");

    assertEquals(1, weave.run(command.split(" ", -1)));
    assertEquals("not an address of the control API: 127.0.0.1:many\n", weave.err());
  }

  @Test
  void explainsItselfWhateverTheAddressOfTheRouter() {
    weave.expectingTheRouterAt("127.0.0.1:many");

    assertEquals(0, weave.run("help", "connect"));
    assertEquals(0, weave.run("connect", "--help"));
  }

  @Test
  void takesAListenerThatNeverAnswersForOneThatIsThereAndNotReady() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      weave.expectingTheRouterAt("127.0.0.1:" + silent.getLocalPort());
      Control control = new Control(weave.console());

      assertTrue(control.answers());
      assertFalse(control.isReady());
    }
  }

  @Test
  void triesAllPeersThatAreToBeRemoved() {
    weave.answering("DELETE /peer/b", 200, "8 IPs taken over from b\n");

    assertEquals(1, weave.run("rmpeer", "a", "b"));
    assertEquals("8 IPs taken over from b\n", weave.out());
    assertEquals(List.of("DELETE /peer/a", "DELETE /peer/b"), weave.requests());
  }

  @Test
  void removesAPeerWhoseNicknameHasBlanks() {
    weave.answering("DELETE /peer/rack%202%2B?force=true", 200, "8 IPs taken over from rack 2+\n");

    assertEquals(0, weave.run("rmpeer", "--force", "rack 2+"));
    assertEquals("8 IPs taken over from rack 2+\n", weave.out());
  }

  @Test
  void removesNobodyWithoutFailing() {
    weave.answering("DELETE /peer/nobody", 200, "0 IPs taken over from nobody\n");
    weave.answering("DELETE /peer/x", 200, "");

    assertEquals(0, weave.run("rmpeer", "nobody"));
    assertEquals("0 IPs taken over from nobody\n", weave.out());
    assertEquals(0, weave.run("rmpeer", "x"), "without address allocation");
    assertEquals("0 IPs taken over from nobody\n", weave.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "tcp://10.0.0.1:2375;export DOCKER_HOST=tcp://10.0.0.1:2375",
        "unix:///a $(b);export DOCKER_HOST='unix:///a $(b)'",
        "it's;export DOCKER_HOST='it'\\''s'"
      })
  void bringsBackTheDockerHostFromBeforeWeaveNetsProxy(String former, String code) {
    weave.setting("ORIG_DOCKER_HOST", former);

    assertEquals(0, weave.run("env", "--restore"));
    assertEquals(code + "\n", weave.out());
  }

  @Test
  void forgetsTheDockerHostIfThereWasNone() {
    weave.setting("ORIG_DOCKER_HOST", "");

    assertEquals(0, weave.run("env", "--restore"));
    assertEquals("unset DOCKER_HOST\n", weave.out());
  }

  @Test
  void listsWhatItFindsAndNamesWhatItDoesNot() {
    weave.answering("GET /attachments?id=a", 200, "a 00:00:00:00:00:01 10.32.0.1/12\n");
    weave.answering("GET /attachments?id=none", 200, "");

    assertEquals(1, weave.run("ps", "none", "a"));
    assertEquals("a 00:00:00:00:00:01 10.32.0.1/12\n", weave.out());
    assertEquals("Nothing called none hangs on the bridge.\n", weave.err());
  }

  @Test
  void printsBothVersions() {
    weave.answering("GET /status", 200, "        Version: 2.8.1 (remark)\n");

    assertEquals(0, weave.run("version"));
    assertTrue(weave.out().endsWith("weave 2.8.1\n"), weave.out());
  }

  @Test
  void showsHelpOfEveryCommandOnStandardError() {
    for (String name : weave.commandNames()) {
      assertEquals(0, weave.run(name, "--help"), name);
      assertTrue(weave.err().contains("Usage: weave " + name), weave.err());
    }
    assertEquals(0, weave.run("--help"));
    assertEquals(0, weave.run("help"));
    assertEquals(0, weave.run("help", "connect"));
    assertEquals("", weave.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no-such-command", "connect", "status --no-such-flag"})
  void showsTheUsageAfterAnErrorAndAnswersOne(String command) {
    assertEquals(1, command.isEmpty() ? weave.run() : weave.run(command.split(" ", -1)));
    assertTrue(weave.err().contains("Usage: weave"), weave.err());
    assertEquals("", weave.out());
  }
}
