"""People to try the telephone with: SIPp phones that call the lines, and advisers' phones that answer.

Real SIP and RTP over loopback; nothing here is imported by the service, which only starts `python -m ops.robots`.
"""
