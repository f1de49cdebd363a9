package io.weft.router.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateTest {
  static final String REPORT =
      """
      {
          "Ready": true,
          "Version": "2.8.1",
          "VersionCheck": {"Enabled": false},
          "Router": {
              "Name": "00:00:00:00:00:01",
              "Port": 6783,
              "Peers": [
                  {"Name": "00:00:00:00:00:01", "UID": 18446744073709551615, "Connections": null},
                  {"Name": "00:00:00:00:00:02", "UID": 7, "Connections": [{"Outbound": true}]}
              ],
              "Connections": [
                  {"State": "established", "Attrs": {"name": "sleeve", "mtu": 1438}},
                  {"State": "failed", "Attrs": null}
              ],
              "Targets": ["192.0.2.1", "192.0.2.2"],
              "TrustedSubnets": []
          },
          "IPAM": {"Paxos": null, "DefaultSubnet": "10.32.0.0/12", "PendingAllocates": null}
      }
      """;

  private static String render(String template) throws TemplateException {
    return Template.parse(template).render(REPORT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '~',
      textBlock =
          """
          {{.Router.Name}} # 00:00:00:00:00:01
          {{ .Version }} # 2.8.1
          {{len .Router.Peers}} # 2
          {{range .Router.Targets}}{{.}} {{end}}| # 192.0.2.1 192.0.2.2 |
          {{.IPAM.DefaultSubnet}} # 10.32.0.0/12
          {{.VersionCheck.Enabled}} # false
          {{json .IPAM}} # {"Paxos":null,"DefaultSubnet":"10.32.0.0/12","PendingAllocates":null}
          {{(index .Router.Peers 0).UID}} # 18446744073709551615
          {{range .Router.Connections}}{{.State}} {{.Attrs.mtu}};{{end}} \
          # established 1438;failed <no value>;
          {{range .Router.Connections}}{{.Attrs}}{{end}} # map[mtu:1438 name:sleeve]map[]
          {{index .Router.Targets 1}} # 192.0.2.2
          {{.Router.Targets}}{{.IPAM.PendingAllocates}}{{.IPAM.Paxos}} \
          # [192.0.2.1 192.0.2.2][]<nil>
          {{.VersionCheck}} # {false}
          {{len .IPAM.PendingAllocates}} # 0
          {{json .DNS}}{{.Proxy}}{{with $.Plugin}}x{{end}} # null<nil>
          """)
  void printsWhatGoPrints(String template, String expected) throws TemplateException {
    assertEquals(expected, render(template));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '~',
      textBlock =
          """
          {{if .Ready}}up{{else}}down{{end}} # up
          {{if .IPAM.Paxos}}a{{else if eq .Router.Port 6783}}b{{else}}c{{end}} # b
          {{if not .Router.TrustedSubnets}}none{{end}} # none
          {{if and .Ready (gt (len .Router.Peers) 1)}}many{{end}} # many
          {{or .IPAM.Paxos "nobody"}} # nobody
          {{with .IPAM}}{{.DefaultSubnet}} of {{$.Router.Name}}{{end}} \
          # 10.32.0.0/12 of 00:00:00:00:00:01
          {{with .IPAM.Paxos}}x{{else}}{{.Version}}{{end}} # 2.8.1
          {{range $i, $t := .Router.Targets}}{{if $i}},{{end}}{{$i}}={{$t}}{{end}} \
          # 0=192.0.2.1,1=192.0.2.2
          {{range $k, $v := (index .Router.Connections 0).Attrs}}{{$k}}:{{$v}} {{end}}. \
          # mtu:1438 name:sleeve .
          {{range .IPAM.PendingAllocates}}x{{else}}nobody waits{{end}} # nobody waits
          {{range .Router.Peers}}{{range .Connections}}{{.Outbound}}{{end}}{{end}} # true
          {{$n := 0}}{{range .Router.Targets}}{{$n = .}}{{end}}{{$n}} # 192.0.2.2
          a {{- .Router.Port -}} b # a6783b
          a{{/* nothing */}}b{{- /* here */ -}} c # abc
          {{if ne .Version "2.8.1" "x"}}y{{else}}n{{end}} # n
          {{if eq .Version "2.9" "2.8.1"}}y{{end}} # y
          {{print "a" 1 2 "b"}}{{println 1 2 | printf "%q"}} # a1 2b"1 2\\n"
          """)
  void decidesRepeatsAndRemembers(String template, String expected) throws TemplateException {
    assertEquals(expected, render(template));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '~',
      textBlock =
          """
          {{printf "%s:%d" .Router.Name .Router.Port}} # 00:00:00:00:00:01:6783
          {{printf "%-6s|%6s|%.2s" "ab" "ab" "abc"}} # ab    |    ab|ab
          {{printf "%06d %+d %x %v %t %%" 42 42 255 .IPAM.Paxos .Ready}} \
          # 000042 +42 ff <nil> true %
          {{printf "%q" "a\\"b"}} # "a\\"b"
          {{.Router.Name | printf "%s!" | len}} # 18
          """)
  void formatsAsPrintfDoes(String template, String expected) throws TemplateException {
    assertEquals(expected, render(template));
  }

  @Test
  void readsEscapesInTextsAndKeepsRawOnes() throws TemplateException {
    assertEquals(
        "00:00:00:00:00:01\n00:00:00:00:00:02\n",
        render("{{range .Router.Peers}}{{printf \"%s\\n\" .Name}}{{end}}"));
    assertEquals("a\\n\tb", render("{{`a\\n`}}{{\"\\tb\"}}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '~',
      textBlock =
          """
          {{ # unclosed action
          {{.A # unclosed action
          {{if .Ready}}a # unexpected EOF, {{end}} is missing
          a{{end}} # unexpected {{end}}
          {{if .Ready}}{{else}}{{else}}{{end}} # unexpected {{else}}
          {{upper .Version}} # function "upper" not defined
          {{$x}} # undefined variable "$x"
          {{if $x := 1}}{{end}}{{$x}} # undefined variable "$x"
          {{.Version 1}} # can't give argument to non-function .Version
          {{.Version | .Ready}} # can't give argument to non-function .Ready
          {{len}} # wrong number of args for len: want at least 1 got 0
          {{template "x"}} # {{template}} is not supported
          {{(.Ready}} # unclosed left paren
          {{}} # unexpected end of action in action
          {{.a ?}} # unexpected character "?" in action
          {{/* a # unclosed comment
          {{"\\z"}} # unknown escape \\z in a string, \\n \\t \\r \\\\ and \\" are accepted
          """)
  void refusesWhatItCannotRead(String template, String reason) {
    TemplateException e = assertThrows(TemplateException.class, () -> Template.parse(template));
    assertEquals("template: " + reason, e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '~',
      textBlock =
          """
          {{.Nothing}} # there is no field Nothing here
          {{.IPAM.Paxos.Elector}} # can't evaluate field Elector in type nil
          {{.DNS.Domain}} # can't evaluate field Domain in type nil
          {{.Router.DNS}} # there is no field DNS here
          {{.Version.Length}} # can't evaluate field Length in type string
          {{len .Router.Port}} # len of type int
          {{index .Router.Targets 2}} # index out of range: 2
          {{index .Router.Targets "a"}} # can't index slice with string
          {{if lt .Version 1}}{{end}} # incompatible types for comparison: string and int
          {{range .Version}}{{end}} # range can't iterate over string
          {{printf "%d" .Version}} # printf: %d for a string
          {{printf "%s"}} # printf: nothing is given for %s
          {{printf "a" 1}} # printf: more is given than the format has verbs
          {{printf "%z" 1}} # printf: %z is not supported, %v %s %q %d %t %x and %% are
          """)
  void saysWhatTheReportDoesNotHave(String template, String reason) {
    TemplateException e = assertThrows(TemplateException.class, () -> render(template));
    assertEquals("template: " + reason, e.getMessage());
  }

  @Test
  void endsWhatWouldTakeTooLong() {
    String nested = "{{range .Router.Targets}}".repeat(25) + "x" + "{{end}}".repeat(25);
    TemplateException e =
        assertThrows(TemplateException.class, () -> render(nested.replace(".Router", "$.Router")));
    assertEquals("template: more than 10000000 steps", e.getMessage());
    String deep = "{{if .Ready}}".repeat(100) + "{{end}}".repeat(100);
    assertThrows(TemplateException.class, () -> Template.parse(deep));
    String parentheses = "{{" + "(".repeat(3_000) + "1" + ")".repeat(3_000) + "}}";
    assertThrows(TemplateException.class, () -> Template.parse(parentheses));
    String filled = "{{printf \"%9999s\" \"\"}}";
    String much = "{{range $.Router.Targets}}".repeat(12) + filled + "{{end}}".repeat(12);
    e = assertThrows(TemplateException.class, () -> render(much));
    assertEquals("template: more than 16777216 characters", e.getMessage());
  }

  @Test
  void damagedTemplatesAreRefusedOrCarriedOut() {
    long seed = 20261128;
    Random random = new Random(seed);
    String sound =
        "{{range $i, $p := .Router.Peers}}{{if gt $i 0}},{{end}}{{printf \"%-20s\" $p.Name}}"
            + "{{with .Connections}}{{json .}}{{else}}-{{end}}{{end}} {{- /* x */}}"
            + "{{$.Version|len}}";
    int carriedOut = 0;
    for (int round = 0; round < 20_000; round++) {
      StringBuilder damaged = new StringBuilder(sound);
      for (int change = random.nextInt(3); change >= 0; change--) {
        int from = random.nextInt(damaged.length());
        int to = Math.min(damaged.length(), from + random.nextInt(4));
        damaged.replace(from, to, "{}|.$(\":= a1%".substring(random.nextInt(11)).substring(0, 2));
      }
      try {
        carriedOut += render(damaged.toString()).isEmpty() ? 0 : 1;
      } catch (TemplateException e) {
        assertTrue(String.valueOf(e.getMessage()).startsWith("template: "), damaged.toString());
      }
    }
    assertTrue(carriedOut > 100, carriedOut + " were carried out, seed " + seed);
  }
}
