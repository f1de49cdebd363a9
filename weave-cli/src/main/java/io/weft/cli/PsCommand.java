package io.weft.cli;

import io.weft.cni.ContainerNamespace;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code weave ps [id...]} (features.md 1.2). */
@Command(
    name = "ps",
    description = {
      "List what hangs on the bridge: id, hardware address and addresses, one interface a line.",
      "weave:expose is the bridge itself."
    })
final class PsCommand extends HelpOption implements Callable<Integer> {
  private final Console console;

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @Parameters(
      arity = "0..*",
      paramLabel = "ID",
      description =
          "Only these: an id as printed, netns:PATH, netns:NAME, a process or a container's name.")
  private List<String> ids = List.of();

  PsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Control control = new Control(console);
    if (ids.isEmpty()) {
      console.out().print(control.get("/attachments"));
      return ExitCode.OK;
    }
    int exitCode = ExitCode.OK;
    for (String id : ids) {
      Optional<String> lines = lines(control, id);
      lines.ifPresent(console.out()::print);
      if (lines.isEmpty()) {
        console.err().println("Nothing called " + id + " hangs on the bridge.");
        exitCode = ExitCode.FAILURE;
      }
    }
    return exitCode;
  }

  private Optional<String> lines(Control control, String id) {
    Optional<String> asId = ask(control, id);
    return asId.isPresent() ? asId : identOf(id).flatMap(ident -> ask(control, ident));
  }

  private static Optional<String> ask(Control control, String id) {
    String query = URLEncoder.encode(id, StandardCharsets.UTF_8);
    return Optional.of(control.get("/attachments?id=" + query)).filter(lines -> !lines.isEmpty());
  }

  /** What attach calls the container that is named so, if there is one. */
  private Optional<String> identOf(String text) {
    try (ContainerNamespace container = AttachmentCommand.lookup(console).find(text)) {
      return Optional.of(container.ident());
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
