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
import org.junit.jupiter.params.provider.CsvSource;

/** Every wrong configuration and environment has its error of the specification, by one table. */
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
    assertTrue(error.get("cniVersion").asText().matches("[0-9.]+"), error.toString());
    assertFalse(pod.ip("link").contains("eth0"));
    assertEquals("", host.control().get("/ip/malformed").orFail());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          6 | is no JSON                 | ``
          6 | is no JSON                 | {
          6 | is no JSON object          | []
          6 | is no JSON object          | "text"
          6 | is no JSON object          | null
          6 | after the end              | {"name":"weave"} {}
          1 | "2.0.0"                    | {"name":"weave","cniVersion":"2.0.0"}
          1 | ""                         | {"name":"weave","cniVersion":""}
          1 | "1"                        | {"name":"weave","cniVersion":"1"}
          6 | cniVersion                 | {"name":"weave","cniVersion":1.0}
          7 | name                       | {}
          7 | name                       | {"name":""}
          7 | name                       | {"name":"-weave"}
          7 | name                       | {"name":"a b"}
          7 | name                       | {"name":"../x"}
          6 | name                       | {"name":7}
          6 | bridge                     | {"name":"weave","bridge":7}
          7 | bridge                     | {"name":"weave","bridge":"a/b"}
          7 | bridge                     | {"name":"weave","bridge":"sixteenletterss0"}
          7 | bridge nosuch              | {"name":"weave","bridge":"nosuch"}
          7 | bridge lo                  | {"name":"weave","bridge":"lo"}
          6 | mtu                        | {"name":"weave","mtu":"1500"}
          7 | mtu                        | {"name":"weave","mtu":70000}
          7 | mtu                        | {"name":"weave","mtu":-1}
          7 | mtu                        | {"name":"weave","mtu":100}
          7 | mtu                        | {"name":"weave","mtu":1400.5}
          7 | mtu                        | {"name":"weave","mtu":1e400}
          6 | hairpinMode                | {"name":"weave","hairpinMode":"yes"}
          2 | isGateway: true            | {"name":"weave","isGateway":true}
          2 | ipMasq: true               | {"name":"weave","ipMasq":true}
          6 | ipMasq                     | {"name":"weave","ipMasq":"true"}
          6 | ipam                       | {"name":"weave","ipam":[]}
          6 | ipam.type                  | {"name":"weave","ipam":{"type":7}}
          7 | ipam.type                  | {"name":"weave","ipam":{"type":"a/b"}}
          7 | ipam.type                  | {"name":"weave","ipam":{"type":".."}}
          7 | ipam.type                  | {"name":"weave","ipam":{"type":"a\\u0000b"}}
          7 | no plugin "nosuch"         | {"name":"weave","ipam":{"type":"nosuch"}}
          6 | ipam.subnet                | {"name":"weave","ipam":{"subnet":7}}
          7 | ipam.subnet                | {"name":"weave","ipam":{"subnet":"x"}}
          7 | ipam.subnet                | {"name":"weave","ipam":{"subnet":"10.32.0.0/99"}}
          7 | ipam.subnet                | {"name":"weave","ipam":{"subnet":"10.32.0.1/12"}}
          101 | unable to allocate       | {"name":"weave","ipam":{"subnet":"192.168.0.0/24"}}
          101 | unable to allocate       | {"name":"weave","ipam":{"subnet":"10.32.0.0/31"}}
          7 | ipam.gateway               | {"name":"weave","ipam":{"gateway":"10.1"}}
          6 | ipam.routes                | {"name":"weave","ipam":{"routes":{}}}
          6 | ipam.routes                | {"name":"weave","ipam":{"routes":[1]}}
          7 | ipam.routes[0].dst         | {"name":"weave","ipam":{"routes":[{}]}}
          6 | ipam.routes[0].dst         | {"name":"weave","ipam":{"routes":[{"dst":7}]}}
          7 | ipam.routes[0].gw          | {"name":"weave","ipam":{"routes":[{"dst":"10.0.0.0/8","gw":"x"}]}}
          2 | ipam.routes[0].mtu         | {"name":"weave","ipam":{"routes":[{"dst":"10.0.0.0/8","mtu":9}]}}
          6 | dns                        | {"name":"weave","dns":[]}
          6 | prevResult                 | {"name":"weave","prevResult":[]}
          6 | ips                        | {"name":"weave","cniVersion":"1.0.0","prevResult":{"ips":[1]}}
          6 | capabilities               | {"name":"weave","capabilities":[]}
          6 | runtimeConfig              | {"name":"weave","runtimeConfig":[]}
          6 | ips                        | {"name":"weave","runtimeConfig":{"ips":[1]}}
          7 | ips                        | {"name":"weave","runtimeConfig":{"ips":["x"]}}
          6 | mac                        | {"name":"weave","runtimeConfig":{"mac":7}}
          7 | mac                        | {"name":"weave","runtimeConfig":{"mac":"zz"}}
          7 | mac                        | {"name":"weave","runtimeConfig":{"mac":"01:00:00:00:00:01"}}
          6 | args                       | {"name":"weave","args":[]}
          """)
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
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          4 | CNI_COMMAND     | CNI_COMMAND     | ``
          4 | "PING"          | CNI_COMMAND     | PING
          4 | "add"           | CNI_COMMAND     | add
          4 | CNI_CONTAINERID | CNI_CONTAINERID | ``
          4 | CNI_CONTAINERID | CNI_CONTAINERID | -x
          4 | CNI_CONTAINERID | CNI_CONTAINERID | a/b
          4 | CNI_CONTAINERID | CNI_CONTAINERID | ../../etc/passwd
          4 | CNI_IFNAME      | CNI_IFNAME      | ``
          4 | CNI_IFNAME      | CNI_IFNAME      | a/b
          4 | CNI_IFNAME      | CNI_IFNAME      | a b
          4 | CNI_IFNAME      | CNI_IFNAME      | a:b
          4 | CNI_IFNAME      | CNI_IFNAME      | ..
          4 | CNI_IFNAME      | CNI_IFNAME      | lo
          4 | CNI_IFNAME      | CNI_IFNAME      | sixteenletterss0
          4 | CNI_NETNS       | CNI_NETNS       | ``
          3 | /nonexistent    | CNI_NETNS       | /nonexistent
          3 | /etc/hostname   | CNI_NETNS       | /etc/hostname
          3 | /ns/pid         | CNI_NETNS       | /proc/self/ns/pid
          3 | /dev/null       | CNI_NETNS       | /dev/null
          4 | CNI_PATH        | CNI_PATH        | ``
          7 | ips             | CNI_ARGS        | IP=x
          7 | mac             | CNI_ARGS        | MAC=x
          """)
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
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          CHECK  | 1 | no CHECK          | {"name":"weave","cniVersion":"0.3.1"}
          CHECK  | 7 | prevResult        | {"name":"weave","cniVersion":"1.0.0"}
          CHECK  | 102 | does not know   | {"name":"weave","cniVersion":"1.0.0","prevResult":{}}
          STATUS | 1 | no STATUS         | {"name":"weave","cniVersion":"1.0.0"}
          STATUS | 7 | name              | {"cniVersion":"1.1.0"}
          GC     | 1 | no GC             | {"name":"weave","cniVersion":"0.4.0"}
          GC     | 6 | valid-attachments | {"name":"weave","cniVersion":"1.1.0","cni.dev/valid-attachments":{}}
          GC     | 6 | containerID       | {"name":"weave","cniVersion":"1.1.0","cni.dev/valid-attachments":[{"containerID":7}]}
          """)
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
