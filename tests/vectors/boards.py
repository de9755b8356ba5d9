"""The Picos of the golden vectors: an ordinary one, one at its limits, one of zeros."""

PICO = {"version": [1, 0], "mailbox": False, "max_request": 240, "max_reply": 240, "slots": 4,
        "boot_id": 0x1234ABCD, "description": 0xCAFEF00D, "unique_id": "0xe6614c311b7a3c2f",
        "chip": "rp2040", "firmware": [0, 1, 0]}
OTHER = {"version": [1, 15], "mailbox": True, "max_request": 41, "max_reply": 39, "slots": 7,
         "boot_id": 0xFFFFFFFF, "description": 0x80000001, "unique_id": "0x0000000000000001",
         "chip": "rp2350", "firmware": [255, 254, 253]}
BLANK = {"version": [0, 0], "mailbox": False, "max_request": 0, "max_reply": 0, "slots": 1,
         "boot_id": 0, "description": 0, "unique_id": "0x0000000000000000",
         "chip": "virtual_pico", "firmware": [0, 0, 0]}
