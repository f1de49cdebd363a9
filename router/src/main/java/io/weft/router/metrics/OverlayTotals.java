package io.weft.router.metrics;

import io.weft.fastpath.BesideCounter;
import io.weft.sleeve.SleeveCounter;
import io.weft.sleeve.v2.Sleeve2Counter;
import java.util.function.ToLongFunction;

/**
 * What the overlays, and the programs beside the bridge, have counted since the start; readable on
 * any thread.
 */
public record OverlayTotals(
    ToLongFunction<SleeveCounter> sleeve,
    ToLongFunction<Sleeve2Counter> sleeve2,
    ToLongFunction<BesideCounter> beside) {}
