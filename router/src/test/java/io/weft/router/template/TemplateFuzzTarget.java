package io.weft.router.template;

import java.nio.charset.StandardCharsets;

/**
 * Templates for the report: refused with a reason, or carried out within bounds, and the same each
 * time.
 */
public final class TemplateFuzzTarget {
  private static final int LONGEST_LINE = 8_192;

  private TemplateFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length > LONGEST_LINE) {
      return;
    }
    String text = new String(input, StandardCharsets.UTF_8);
    String rendered = rendered(text);
    if (!rendered.equals(rendered(text))) {
      throw new AssertionError("another text the second time");
    }
  }

  private static String rendered(String text) {
    try {
      return Template.parse(text).render(TemplateTest.REPORT);
    } catch (TemplateException e) {
      String reason = String.valueOf(e.getMessage());
      if (e.getMessage() == null || reason.isBlank()) {
        throw new AssertionError("refused without a reason", e);
      }
      return reason;
    }
  }
}
