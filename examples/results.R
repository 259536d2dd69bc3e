# How often the examples made for one network fool another, and how far they are from their images.
#
#     Rscript examples/results.R results
#
# Needs duckdb (install.packages("duckdb")); the question is that of results.sql.

library(duckdb)

given <- commandArgs(trailingOnly = TRUE)
folder <- if (length(given) > 0) given[1] else "results"
script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))

question <- paste(readLines(file.path(dirname(script), "results.sql")), collapse = "\n")
question <- gsub("'results/", paste0("'", folder, "/"), question, fixed = TRUE)

connection <- dbConnect(duckdb())
rows <- dbGetQuery(connection, question)
dbDisconnect(connection, shutdown = TRUE)

cat(sprintf(
  "%s\t%s\t%d\t%.4f\t%.4f\n",
  rows$source_model, rows$model, as.integer(rows$n), rows$error, rows$distortion
), sep = "")
