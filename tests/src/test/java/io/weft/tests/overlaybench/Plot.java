package io.weft.tests.overlaybench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Bars for four of the figures, one group a figure, as a picture that a browser shows. */
final class Plot {
  private static final int PANEL_WIDTH = 440;
  private static final int LABEL_WIDTH = 170;
  private static final int VALUE_WIDTH = 60;
  private static final int BAR = 14;
  private static final int GAP = 4;
  private static final int TITLE = 34;
  private static final int COLUMNS = 2;

  /** Which of {@link Report#COLUMNS} are shown. */
  private static final List<Integer> SHOWN = List.of(0, 2, 5, 7);

  private final Map<String, Figures> medians;

  Plot(Map<String, Figures> medians) {
    this.medians = medians;
  }

  String svg() {
    int panelHeight = TITLE + medians.size() * (BAR + GAP) + BAR;
    int rows = (SHOWN.size() + COLUMNS - 1) / COLUMNS;
    List<String> lines = new ArrayList<>();
    lines.add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                .formatted(COLUMNS * PANEL_WIDTH, rows * panelHeight)
            + " font-family=\"sans-serif\" font-size=\"11\">");
    lines.add("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
    for (int index = 0; index < SHOWN.size(); index++) {
      int left = index % COLUMNS * PANEL_WIDTH;
      int top = index / COLUMNS * panelHeight;
      lines.add("<g transform=\"translate(%d %d)\">".formatted(left, top));
      panel(lines, Report.COLUMNS.get(SHOWN.get(index)));
      lines.add("</g>");
    }
    lines.add("</svg>");
    return String.join("\n", lines) + "\n";
  }

  private void panel(List<String> lines, Report.Column column) {
    double most = medians.values().stream().mapToDouble(column.figure()).max().orElse(1);
    String better = column.more() ? "more is better" : "less is better";
    lines.add(
        "<text x=\"8\" y=\"20\" font-weight=\"bold\">%s (%s)</text>"
            .formatted(column.heading(), better));
    int y = TITLE;
    for (Map.Entry<String, Figures> path : medians.entrySet()) {
      double value = column.figure().applyAsDouble(path.getValue());
      double share = most > 0 ? value / most : 0;
      double width = share * (PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH);
      int textY = y + BAR - 3;
      lines.add(
          "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
              .formatted(LABEL_WIDTH - 6, textY, path.getKey()));
      lines.add(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
              LABEL_WIDTH,
              y,
              width,
              BAR,
              colour(path.getKey())));
      lines.add(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%d\">%." + column.digits() + "f</text>",
              LABEL_WIDTH + width + 4,
              textY,
              value));
      y += BAR + GAP;
    }
  }

  private static String colour(String path) {
    if (DataPath.PEERS.contains(path)) {
      return "#b0b0b0";
    }
    return path.startsWith("sleeve") || path.startsWith("fastdp") ? "#1f77b4" : "#d9b44a";
  }
}
