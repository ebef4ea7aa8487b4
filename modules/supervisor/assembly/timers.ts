/** The supervisor's timers, one id each. */
export const enum Timer {
  /** The next sign of life in a trial. */
  TICK = 2,
  /** The end of a trial that did not come to an end. */
  DEADLINE = 3,
  /** A module that fell starts again. */
  RESTART = 4,
  /** A supervisor in place of the firmware's says that it is well. */
  FEED = 6,
  /** A service beside it starts again. */
  RESTART_SERVICE = 5,
  /** A web server is asked again. */
  PULL = 7,
}
