package io.weft.router.template;

import java.util.List;

/** A template that was read. Immutable. */
public final class Template {
  private final List<Node> nodes;

  private Template(List<Node> nodes) {
    this.nodes = nodes;
  }

  /**
   * Reads a template.
   *
   * @throws TemplateException when it is none, or uses what is not supported
   */
  public static Template parse(String text) throws TemplateException {
    return new Template(new TemplateParser(Scanner.scan(text)).parse());
  }

  /**
   * Carries the template out.
   *
   * @param report the JSON of {@code GET /report}
   * @throws TemplateException when it asks for what the report does not have, or for too much
   */
  public String render(String report) throws TemplateException {
    return new Rendering(ReportValues.of(report)).render(nodes);
  }
}
