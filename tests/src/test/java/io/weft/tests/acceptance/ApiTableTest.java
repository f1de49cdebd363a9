package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every request of the control API to a router that runs, as the tables of the pages have them. */
final class ApiTableTest {
  private static final Path TABLE = Path.of("src/test/resources/features/api.txt");
  private static final Pattern ROW = Pattern.compile("([0-9]{3}) ([A-Z]+) (\\S+) *(.*)");

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @Test
  void s5EveryRequestIsAnsweredAsTheTableSays() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch("--ipalloc-range=10.32.0.0/24");
      List<String> wrong = new ArrayList<>();
      int asked = 0;
      for (String line : Files.readAllLines(TABLE)) {
        if (line.startsWith("#")) {
          continue;
        }
        Matcher row = ROW.matcher(line);
        assertTrue(row.matches(), line);
        asked++;
        Control.Answer answer = host.control().plain(row.group(2), row.group(3));
        boolean isRight =
            Integer.toString(answer.status()).equals(row.group(1))
                && Pattern.compile(row.group(4).replace("~", "\n"), Pattern.DOTALL)
                    .matcher(answer.body())
                    .matches();
        if (!isRight) {
          wrong.add(line + " => " + answer);
        }
      }
      assertTrue(asked > 70, asked + " requests");
      assertEquals(List.of(), wrong);
    }
  }

  @Test
  void s5WithoutAllocationItsPathsAreNotThere() throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host host = underlay.host("a");
      host.launch("--ipalloc-range=");
      for (String request :
          List.of(
              "GET /ip",
              "GET /ip/c1",
              "POST /ip/c1",
              "PUT /ip/c1/10.32.0.9/24",
              "DELETE /ip/c1",
              "GET /ring",
              "GET /ipinfo/defaultsubnet",
              "GET /ipinfo/tracker")) {
        String[] parts = request.split(" ", 2);
        Control.Answer answer = host.control().plain(parts[0], parts[1]);
        assertEquals(new Control.Answer(404, "404 page not found\n"), answer, request);
      }
      assertEquals(
          new Control.Answer(200, ""), host.control().plain("DELETE", "/peer/x"), "a peer");
      assertEquals(new Control.Answer(204, ""), host.control().plain("DELETE", "/peer"));
    }
  }
}
