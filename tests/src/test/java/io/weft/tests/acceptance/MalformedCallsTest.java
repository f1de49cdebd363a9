package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/**
 * Every wrong configuration and environment has its error of the specification, by three tables.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MalformedCallsTest {
  private Underlay underlay;
  private Host host;
  private CniCaller cni;
  private Namespace pod;

  @BeforeAll
  void launch(@TempDir Path folder) throws Exception {
    Prerequisites.check(List.of("nft"));
    underlay = new Underlay();
    host = underlay.host("a");
    host.launch();
    cni = new CniCaller(host, folder);
    pod = underlay.namespace("pod");
  }

  @AfterAll
  void remove() throws Exception {
    if (underlay != null) {
      underlay.close();
    }
  }

  /** The error has the code, names the thing, and nothing is left of the call. */
  private void expect(int code, String named, CniCaller.Answer answer) throws Exception {
    JsonNode error = answer.error();
    assertEquals(code, error.get("code").asInt(), error.toString());
    String text = error.get("msg").asText() + " " + error.get("details").asText();
    assertTrue(text.contains(named), error.toString());
    assertFalse(text.contains("Exception") || text.contains("\tat "), error.toString());
    assertFalse(error.get("details").asText().isBlank(), "what to do: " + error);
    assertTrue(error.get("cniVersion").asText().matches("[0-9.]+"), error.toString());
    assertFalse(pod.ip("link").contains("eth0"));
    assertEquals("", host.control().get("/ip/malformed").orFail());
  }

  @ParameterizedTest
  @CsvFileSource(
      resources = "/cni/malformed-configurations.csv",
      delimiter = '|',
      quoteCharacter = '`')
  void aWrongConfigurationHasItsCode(int code, String named, String configuration)
      throws Exception {
    expect(code, named, cni.add("malformed", pod, "eth0", configuration));
  }

  @Test
  void anAbsurdConfigurationHasItsCode() throws Exception {
    String deep = "{\"name\":\"weave\",\"x\":" + "[".repeat(100) + "]".repeat(100) + "}";
    expect(6, "is no JSON", cni.add("malformed", pod, "eth0", deep));
    String longName = "{\"name\":\"" + "n".repeat(300) + "\"}";
    expect(7, "name", cni.add("malformed", pod, "eth0", longName));
    String huge = "{\"name\":\"weave\",\"x\":\"" + "x".repeat(1 << 20) + "\"}";
    expect(7, "longer than 1 MiB", cni.add("malformed", pod, "eth0", huge));
    String many = "{\"name\":\"weave\",\"x\":" + "9".repeat(5_000) + "}";
    expect(6, "is no JSON", cni.add("malformed", pod, "eth0", many));
    expect(6, "is no JSON", byShell("printf '{\"name\":\"\\377\"}' | $PLUGIN", Map.of()));
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/cni/malformed-variables.csv", delimiter = '|', quoteCharacter = '`')
  void aWrongVariableHasItsCode(int code, String named, String variable, String value)
      throws Exception {
    Map<String, String> variables = new HashMap<>(cni.attachment("malformed", pod, "eth0"));
    variables.put(variable, value);
    expect(
        code, named, cni.call("weave-net", "ADD", variables, CniTest.configuration("1.0.0", "")));
  }

  @Test
  void anAbsurdEnvironmentHasItsCode() throws Exception {
    String plain = CniTest.configuration("1.0.0", "");
    for (String variable : List.of("CNI_CONTAINERID", "CNI_IFNAME")) {
      Map<String, String> variables = new HashMap<>(cni.attachment("malformed", pod, "eth0"));
      variables.put(variable, "x".repeat(300));
      expect(4, variable, cni.call("weave-net", "ADD", variables, plain));
    }
    Map<String, String> variables = new HashMap<>(cni.attachment("malformed", pod, "eth0"));
    variables.put("CNI_ARGS", "x".repeat(70_000));
    expect(4, "longer than 64 KiB", cni.call("weave-net", "ADD", variables, plain));
    variables.put("CNI_ARGS", "");
    variables.put("WEAVE_CNI_SOCKET", "/" + "x".repeat(200));
    expect(4, "WEAVE_CNI_SOCKET", cni.call("weave-net", "ADD", variables, plain));
    expect(
        4,
        "no UTF-8",
        byShell(
            "export CNI_CONTAINERID=$(printf 'a\\377'); echo '{\"name\":\"weave\"}' | $PLUGIN",
            Map.of()));
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/cni/malformed-commands.csv", delimiter = '|', quoteCharacter = '`')
  void otherCommandsHaveTheirCodesToo(String command, int code, String named, String configuration)
      throws Exception {
    Map<String, String> attachment = cni.attachment("malformed", pod, "eth0");
    expect(code, named, cni.call("weave-net", command, attachment, configuration));
    if (!command.equals("CHECK")) {
      expect(code, named, cni.call("weave-ipam", command, attachment, configuration));
    }
  }

  @Test
  void delSucceedsWhateverTheConfigurationReadsLike() throws Exception {
    for (String configuration : List.of("", "{", "[]", "{\"name\":7}", "{\"mtu\":\"x\"}")) {
      cni.delete("malformed", pod, "eth0", configuration).orFail();
    }
  }

  @Test
  void withoutACommandThePluginSaysWhatItIs() throws Exception {
    Command.Output output =
        Command.run(
            host.namespace().inside(List.of(cni.plugins().resolve("weave-net").toString())));
    assertEquals(0, output.exit());
    assertTrue(output.err().contains("CNI protocol versions supported"), output.err());
  }

  /** What the plugin answers to a line of the shell, in which bytes need not be UTF-8. */
  private CniCaller.Answer byShell(String line, Map<String, String> more) throws Exception {
    Map<String, String> variables = new HashMap<>(cni.attachment("malformed", pod, "eth0"));
    variables.put("CNI_COMMAND", "ADD");
    variables.put("CNI_PATH", cni.plugins().toString());
    variables.put("PLUGIN", cni.plugins().resolve("weave-net").toString());
    variables.putAll(more);
    Command.Output output = host.namespace().run(List.of("sh", "-c", line), variables);
    return new CniCaller.Answer(output.exit(), output.out());
  }
}
