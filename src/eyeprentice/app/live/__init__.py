"""What is kept of a stream: tables of readings, timelines, and video with the readings drawn in."""
