package io.weft.router.template;

/** A template that cannot be read, or not be carried out on a report; the message says why. */
public final class TemplateException extends Exception {
  private static final long serialVersionUID = 1L;

  TemplateException(String message) {
    super("template: " + message);
  }
}
