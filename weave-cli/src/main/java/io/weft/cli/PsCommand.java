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
      description = "Only these: an id as printed, or netns:PATH, netns:NAME or a process.")
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

  private static Optional<String> lines(Control control, String id) {
    Optional<String> asId = ask(control, id);
    return asId.isPresent() ? asId : namespaceIdent(id).flatMap(ident -> ask(control, ident));
  }

  private static Optional<String> ask(Control control, String id) {
    String query = URLEncoder.encode(id, StandardCharsets.UTF_8);
    return Optional.of(control.get("/attachments?id=" + query)).filter(lines -> !lines.isEmpty());
  }

  /** What attach calls the container that is named so, if there is one. */
  private static Optional<String> namespaceIdent(String text) {
    try (ContainerNamespace container = ContainerNamespace.open(text)) {
      return Optional.of(AttachmentCommand.identOf(container));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
