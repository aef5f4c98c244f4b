"""What a user has (videos, image folders, recordings) -> a dataset in SEE's layout."""
