-- What the older release kept of sources: source_records has it since 0005.
-- squawk-ignore ban-drop-table
DROP TABLE card_sources;
