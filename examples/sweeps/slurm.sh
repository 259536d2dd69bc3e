#!/bin/bash
#SBATCH --array=0-9 --cpus-per-task=4 --mem=8G --time=04:00:00
#SBATCH --signal=USR1@90 --requeue --open-mode=append --output=sweep-%a.log
# Ten tasks share the steps of a sweep by its data set alone: sbatch examples/sweeps/slurm.sh SPEC DIR
srun npx blindspot sweep run "$1" --out "$2" --workers "$SLURM_CPUS_PER_TASK"
code=$?
# 75: the time was up, or the node was wanted; 1 and 2 would be the same again
if [ "$code" -eq 75 ]; then scontrol requeue "$SLURM_JOB_ID"; fi
exit "$code"
