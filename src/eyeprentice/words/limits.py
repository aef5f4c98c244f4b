"""The limits of what a file or a client may ask for, all in one place.

Each is far above what any camera, dataset or run needs. What asks for more is refused in one line, before memory or
time is spent on it. The pixels of a picture are limited before it is decoded.
"""

PIXELS = 1 << 25
"""Of a picture or a frame: 33 million, as 8K video has."""
PIXELS_DRAWN = 400_000_000
"""Of a progressive JPEG, each counted as often as the picture is drawn over."""
FASTEST_HZ = 100_000.0
"""Frames a second that a video may state."""
LONGEST_US = 10**12
"""Of a video: eleven days."""
PICTURE_BYTES = 256 << 20
"""Of a picture's file."""
TEXT_BYTES = 32 << 20
"""Of a table or another text."""
OPTIONS_BYTES, OPTIONS_DEPTH = 1 << 16, 20
"""Of a file of options, and how deeply its lists may be nested."""
DIGITS = 18
"""Of a whole number in settings."""
STEPS, SKIP = 1000, 10_000
"""Of a clip: frames, and frames left out between two of them."""
ITERATIONS = 20
"""Of registering one frame."""
STATES_BYTES = 512 << 20
"""Of the memories that a model keeps of a stream; its skipped frames each have one."""
SIDE = 4096
"""Pixels of a side that a model may want to see."""
PARAMETERS, MODULES = 200_000_000, 10_000
"""Of a model: its weights, and the layers that it is made of. The largest here has 34 million weights."""
LAYERS = 256
"""That a list of a model's settings may tell of."""
FRAME_BYTES = 1 << 30
"""Of all that a model computes of one frame. The teacher computes half of it of one of 512 x 512 pixels."""
CLIP_BYTES = 1 << 36
"""Of all that a model computes of one clip."""
BATCH, EPOCHS = 1 << 16, 1_000_000
"""Clips in a training step, and epochs of a run."""
ENTRIES, RUNS = 1000, 10_000
"""Of a benchmark's plan: entries (sweeps multiply them), and entries times seeds."""
UNITS = 64
"""Action units of an exported model; FACS has fewer."""
MODEL_BYTES = 512 << 20
"""Of an exported model's file."""
SENSOR_PIXELS = 1 << 24
"""Of an event camera: 4,096 x 4,096. The largest that is sold has 1,280 x 720."""
EVENTS = 10_000_000_000
"""Of a recording: hours of the busiest scene."""
EVENTS_A_BYTE = 64
"""Events that a byte of a recording may stand for. Prophesee's densest encoding puts 6 into one."""
EVENTS_ANYHOW = 1 << 20
"""Events that even the smallest file may hold, whatever its compression."""
ROW_BYTES = 1024
"""Of one event in a table (NPZ, HDF5)."""
HEADER_BYTES = 10_000
"""Of the description of an array in an NPZ file; NumPy's own limit."""
ARRAYS, ARRAYS_BYTES = 1000, 512 << 20
"""Of a file of arrays that is not a recording: how many it may hold, and what those that are read take in memory."""
MATERIAL_BYTES = 4 << 30
"""Of the finder's material: what its pictures take once they are decoded."""
MATERIAL_PIXELS_A_BYTE = 256
"""Pixels that a byte of the finder's material may stand for. A JPEG of one grey takes a byte for about 100."""
SHAPE_VERTICES, SHAPE_LINE = 100_000, 1000
"""Of a face model's shape: vertices, or triangles by half, and letters of a line of its file."""
SHAPES, FACE_MODEL_BYTES = 200, 192 << 20
"""Of a face model: shapes of one kind, and what all of them take in memory as they are written."""
PERSON_AGE = 150
"""Years."""
NAME_BYTES = 200
"""Of a file's or a sequence's name: systems allow 255, and endings are added."""
LANDMARKS_BYTES = 1 << 20
"""Of a portrait's landmarks."""
WEIGHTS_BYTES = 64 << 20
"""Of the finder's weights."""
JSON_BYTES = 32 << 20
"""Of a JSON file: the annotations of 100,000 sequences. Parsed, it may take twenty times as much."""
SPLIT_BYTES = 64 << 20
"""Of a split file: 100,000 sequences with their fingerprints, and those of as many that a run's first weights learnt
from."""
NETWORK_SECONDS = 10.0
"""That a camera of the network may be silent, and that one of its pictures may take."""
DOWNLOAD_BYTES = 4 << 30
"""Of a video that comes from an address."""
DECODER_BYTES = 512 << 20
"""Memory that a decoder may take beyond what it takes when it starts (Linux)."""
DECODER_CPU_SECONDS = 2.0
"""Processor time that a decoder may take for one packet or frame (Linux, macOS)."""
DECODER_SECONDS = 30.0
"""Time that a decoder may take for one packet or frame, on a slow disk say."""
DECODER_START_SECONDS = 120.0
"""Time that a decoder may take to start: its libraries may lie on a slow disk, too."""
CLIENTS = 8
"""Of the live server at once."""
CONNECTIONS = 128
"""To the live server at once, whatever they ask for."""
CONNECTIONS_OF_ONE = 96
"""Of those, how many of one address may be no accepted streams; the oldest gives way."""
ACCEPTED_AT_ONCE = 8
"""New connections to the live server, before it reads again what the earlier ones say."""
REQUEST_BYTES = 1 << 14
"""Of a request's line and headers."""
MESSAGE_BYTES = 4 << 20
"""Of a message to the live server: a raw frame of 1280x720 in colour fits."""
CLIENT_PIXELS = MESSAGE_BYTES
"""Of a picture to the live server: as many as a raw grey frame may have."""
ORDER_BYTES = 4096
"""Of a text message to the live server."""
ORDERS = 64
"""Of one client that wait for its next frame."""
FRAGMENT_BYTES = 4096
"""Of a fragment of a message; a smaller one counts as a message."""
MESSAGES_A_SECOND = 240
"""From one client: twice the fastest cameras of headsets."""
MESSAGES_AT_ONCE = 480
"""From one client that was quiet before: what its network has held back comes in one go."""
SENDING_BYTES = 1 << 17
"""Of what the system holds for one client of the live server that does not take it (Linux doubles it)."""
QUEUED_BYTES = 1 << 18
"""Of what one client of the live server has not taken yet, beyond what the system holds for it."""
CLIENT_SILENT_SECONDS = 30.0
"""For which a client of the live server may send nothing, or take nothing of what it is sent."""
REQUEST_SECONDS = 10.0
"""In which a connection must have said what it wants."""
ANSWER_SECONDS = 120.0
"""In which a client must have taken a whole answer: the page's largest file, at 1 Mbit/s."""
LINGER_SECONDS, LINGER_SILENT_SECONDS, LINGER_BYTES = 5.0, 1.0, 16 << 20
"""For which what a client still sends is read after the server has said its last word, so that the client hears it."""
