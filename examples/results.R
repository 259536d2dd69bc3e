# Questions to the results; a line per row of the answer, its first column says which.
#
#     Rscript examples/results.R results
#
# Needs duckdb (install.packages("duckdb")); the questions are those of results.sql.

library(duckdb)

given <- commandArgs(trailingOnly = TRUE)
folder <- if (length(given) > 0) given[1] else "results"
script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))

text <- paste(readLines(file.path(dirname(script), "results.sql")), collapse = "\n")
text <- gsub("'results/", paste0("'", folder, "/"), text, fixed = TRUE)
questions <- Filter(nzchar, trimws(strsplit(text, ";\n|;$")[[1]]))

show <- function(column) {
  if (is.double(column)) sprintf("%.4f", column) else as.character(column)
}

connection <- dbConnect(duckdb())
for (question in questions) {
  rows <- dbGetQuery(connection, question)
  # counts are whole, and come as numbers
  for (name in intersect(c("n", "nearest"), names(rows))) rows[[name]] <- as.integer(rows[[name]])
  writeLines(do.call(paste, c(unname(lapply(rows, show)), sep = "\t")))
}
dbDisconnect(connection, shutdown = TRUE)
