// JsSIP, as far as we use it.

import * as JsSIP from "jssip";

export type { RTCSession } from "jssip/lib/RTCSession";
export type { IncomingRTCSessionEvent as Incoming, UAConfiguration } from "jssip/lib/UA";
export const UA = JsSIP.UA;
export type UA = JsSIP.UA;
export const debug = JsSIP.debug;
export const RFC_4733 = JsSIP.C.DTMF_TRANSPORT.RFC2833; // its older number
