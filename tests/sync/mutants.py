"""All mutants of the sync code (reliability.md T4m), each with the check that must kill it. Wrong servers, which need no
patch of the source, are in `faulty.py`.
"""

from sync import mutants_of_edits, mutants_of_feed, mutants_of_merge

MUTANTS = (*mutants_of_merge.MUTANTS, *mutants_of_feed.MUTANTS, *mutants_of_edits.MUTANTS)
